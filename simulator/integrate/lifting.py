"""Lift."""
from dataclasses import dataclass
import ast

@dataclass(frozen=True)
class Work:
    """Work."""
    fixed: tuple
    prelude: tuple
    rest: tuple
    rates: tuple

class Pow(ast.NodeTransformer):
    def visit_BinOp(self,node):
        self.generic_visit(node)
        if isinstance(node.op,ast.Pow): return ast.Call(ast.Name("power",ast.Load()),[node.left,node.right],[])
        return node
def lift(system, *, liberties):
    """As is."""
    if liberties:
        from simulator import emission
        a=tuple((n,ast.unparse(ast.fix_missing_locations(Pow().visit(ast.parse(e,mode="eval"))))) for n,e in system.assignments)
        pre,rest=emission.lift(a,system.constants)
        used={n.id for _,e in rest.assignments for n in ast.walk(ast.parse(e)) if isinstance(n,ast.Name)} | {n.id for e in system.rates for n in ast.walk(ast.parse(e)) if isinstance(n,ast.Name)}
        fixed=[c for c in (*system.constants,*(n for n,_ in pre.assignments)) if c in used]
        return Work(tuple(fixed),pre.assignments,rest.assignments,system.rates)
    return Work(system.constants, (), system.assignments, system.rates)
