"""C: the equations as one source file that steps many members side by side.

The yardstick of our own engine: classical fourth-order Runge-Kutta with steps of fixed length, the
members in the innermost loop, so that a C compiler can turn every formula into vector instructions.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from simulator.integrate.lifting import as_written, lift, names_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simulator.emission import System

KEYWORDS = frozenset(
    """
    auto break case char const continue default do double else enum extern float for goto if inline int long register
    restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
    """.split()  # noqa: SIM905 - easier to read
)

_HEAD = """\
/* Emitted by simulator.export.c: {states} states, {lanes} members side by side. */
#include <math.h>

enum {{ LANES = {lanes}, STATES = {states}, CONSTANTS = {constants}, INPUTS = {inputs}, FIXED = {fixed} }};

static inline double minimum(double one, double other) {{ return other < one ? other : one; }}
static inline double maximum(double one, double other) {{ return other > one ? other : one; }}
static inline double power_(double base, double exponent) {{ return exp(exponent * log(base)); }}
static inline double raised_(double log_base, double exponent) {{ return exp(exponent * log_base); }}
"""

_TAIL = """
/* constants: [members][CONSTANTS]; of every step its length, its inputs at begin and end [2][INPUTS], and the
   place in found [members][times][STATES] to which the states at its end belong, or -1. */
void integrate(long members, const double *constants, long steps, const double *lengths, const double *inputs,
               const long *places, long times, double *found)
{
    static _Thread_local double fixed[(FIXED + 1) * LANES], states[STATES * LANES], trial[STATES * LANES];
    static _Thread_local double one[STATES * LANES], two[STATES * LANES], three[STATES * LANES], four[STATES * LANES];
    double middle[INPUTS + 1];
    for (long first = 0; first < members; first += LANES) {
        const long here = members - first < LANES ? members - first : LANES;
        for (long lane = 0; lane < LANES; lane++) {
            const double *own = constants + (first + (lane < here ? lane : here - 1)) * CONSTANTS;
            prelude(own, fixed + lane);
            starts(own, inputs, states + lane);
        }
        for (long lane = 0; lane < here; lane++)
            for (long state = 0; state < STATES; state++)
                found[(first + lane) * times * STATES + state] = states[state * LANES + lane];
        for (long step = 0; step < steps; step++) {
            const double h = lengths[step], *begin = inputs + 2 * step * INPUTS, *end = begin + INPUTS;
            for (long input = 0; input < INPUTS; input++)
                middle[input] = 0.5 * (begin[input] + end[input]);
            derivatives(states, fixed, begin, one);
            for (long i = 0; i < STATES * LANES; i++)
                trial[i] = states[i] + 0.5 * h * one[i];
            derivatives(trial, fixed, middle, two);
            for (long i = 0; i < STATES * LANES; i++)
                trial[i] = states[i] + 0.5 * h * two[i];
            derivatives(trial, fixed, middle, three);
            for (long i = 0; i < STATES * LANES; i++)
                trial[i] = states[i] + h * three[i];
            derivatives(trial, fixed, end, four);
            for (long i = 0; i < STATES * LANES; i++)
                states[i] += h / 6 * (one[i] + 2 * (two[i] + three[i]) + four[i]);
            if (places[step] >= 0)
                for (long lane = 0; lane < here; lane++)
                    for (long state = 0; state < STATES; state++)
                        found[((first + lane) * times + places[step]) * STATES + state] = states[state * LANES + lane];
        }
    }
}
"""


def c_source(system: System, *, lanes: int = 16, lifted: bool = True) -> str:
    """Return the text of a C file with one function, `integrate`, described where it stands.

    Args:
        system: the equations.
        lanes: how many members to step side by side.
        lifted: do the work on constants alone once a run, and powers as `exp(exponent * log(base))`,
            which is how one would tune it by hand; else every formula as written.
    """
    work = lift(system) if lifted else as_written(system)
    rows = list(enumerate(work.fixed))
    prelude = [f"const double {_safe(name)} = {formula(text)};" for name, text in work.prelude]
    prelude += [f"fixed[{row} * LANES] = {_safe(name)};" for row, name in rows]
    starts = [f"const double {_safe(name)} = {formula(text)};" for name, text in system.starts]
    given = {name for name, _ in system.starts}
    values = [_safe(name) if name in given else "0.0" for name in system.states]
    starts += [f"states[{row} * LANES] = {value};" for row, value in enumerate(values)]
    rates = [f"const double {_safe(name)} = {formula(text)};" for name, text in work.rest]
    rates += [f"rates[{row} * LANES + lane] = {formula(text)};" for row, text in enumerate(work.rates)]
    used = names_in([*(text for _, text in work.rest), *work.rates])
    taken = [
        *_taken(system.states, "states[{} * LANES + lane]", used),
        *_taken(work.fixed, "fixed[{} * LANES + lane]", used),
        *_taken(system.inputs, "inputs[{}]", used),
    ]
    begun, lifting = names_in(text for _, text in system.starts), names_in(text for _, text in work.prelude)
    constants, inputs = _taken(system.constants, "constants[{}]", begun), _taken(system.inputs, "inputs[{}]", begun)
    parts = (
        _HEAD.format(
            states=len(system.states),
            lanes=lanes,
            constants=len(system.constants),
            inputs=len(system.inputs),
            fixed=len(work.fixed),
        ),
        _function(
            "prelude(const double *constants, double *fixed)",
            [*_taken(system.constants, "constants[{}]", lifting | {*work.fixed}), *prelude],
        ),
        _function(
            "starts(const double *constants, const double *inputs, double *states)", [*constants, *inputs, *starts]
        ),
        _function(
            "derivatives(const double *restrict states, const double *restrict fixed,\n"
            "                        const double *restrict inputs, double *restrict rates)",
            ["#pragma omp simd", "for (long lane = 0; lane < LANES; lane++) {"]
            + [f"    {line}" for line in (*taken, *rates)]
            + ["}"],
        ),
    )
    return "\n".join(parts) + _TAIL


def formula(expression: str) -> str:
    """Return a formula of our language as C writes it.

    >>> formula("patience * minimum(queue, 1) ** (-2)")
    'patience * pow(minimum(queue, 1.0), -2.0)'
    """
    return ast.unparse(_ToC().visit(ast.parse(expression, mode="eval").body))


class _ToC(ast.NodeTransformer):
    """What Python and C write differently: whole numbers, powers, words and names.

    All else reads the same in both.
    """

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        """Write numbers as doubles: C divides whole numbers without remainder."""
        return ast.Constant(float(node.value)) if isinstance(node.value, (int, float)) else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Write squares as products, and other powers as calls."""
        left, right = self.visit(node.left), self.visit(node.right)
        if not isinstance(node.op, ast.Pow):
            return ast.BinOp(left, node.op, right)
        if isinstance(right, ast.Constant) and right.value == 2.0:  # noqa: PLR2004 - a square
            return ast.BinOp(left, ast.Mult(), left)
        return ast.Call(ast.Name("pow", ast.Load()), [left, right], [])

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Keep names apart from the words of C."""
        return ast.Name(_safe(node.id), ast.Load())


def _safe(name: str) -> str:
    return f"{name}_" if name in KEYWORDS else name


def _taken(names: Sequence[str], place: str, used: Iterable[str]) -> list[str]:
    """Return lines that take from an array the names that are used."""
    wanted = set(used)
    return [f"const double {_safe(name)} = {place.format(row)};" for row, name in enumerate(names) if name in wanted]


def _function(signature: str, lines: Sequence[str]) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f"static void {signature}\n{{\n{body}}}\n"
