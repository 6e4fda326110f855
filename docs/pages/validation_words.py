"""What the page of validation says above its tables; words in braces are filled in there."""

STEPS = """
Calendar years of the likeliest run, against one with steps ever so fine.
"""

FIT = """
*Error* is the mean absolute percentage error; *over the mean* is the mean absolute error over the mean of the record.
Then come the share of variance explained (R²) and Theil's shares of the mean squared error ({theil}): a wrong level
(Um), a wrong amplitude (Us), a wrong course (Uc).
Each is of the best fit of a worldview to the very record that is compared.
SOURCE published its own for 1999 to 2020 and for other series, so only the order of magnitude compares, and ours had
fewer years to tell.
Its R² may be a squared correlation; ours is one less squared error over variance.
"""

REPLAYS = """
The same change is put to this model as to the published one: the same ramp, the same window.
Changes are of opioid deaths, added up over the window or of its last year.
Ours are medians of members with 90 % intervals, which carry the uncertainty of our numbers and not that of our
structure.
Numbers that are constant in the model are multiplied by a lever that begins to move at the date, so that nothing
before it changes.

Two things differ throughout.
Here supply answers demand, so that what is saved in use is partly lost to a fuller market; and history is followed to
2024, with the fall of 2023-24, which no published base case holds.
"""

LOOPS = """
Each loop is turned off (or on, where it is off by default) under the default worldview.
*Record* is half the sum of squared distances from the record, *misfit* the same with those from the priors.
The change of the misfit is told with the numbers as they were, and after {steps} further steps of the fit, in which
all numbers may move.
A change of more than {missed:g} after a new fit says that the record misses the loop; less, that other numbers can
stand in for it, and that what a policy gains by it rests on judgement.
Loops of which a published figure is the very stock that they move (workforce, justice) are missed by definition.
Deaths are those by synthetic opioids in 2027 to 2036 if policy stands still.
"""

FAMILY = """
US methamphetamine, 1995 ({source}): one large source of diverted precursors was closed.
The price tripled and was back in some four months; purity fell from 90 to 20 per cent and was back in about eighteen.
The supply side of this model is given that market's figures, and its own equations; slack, substitution, evasion and
pipelines are drawn from their stated 90 % ranges.
Tolerances were written down before the first run and not moved.
The search, the wider ranges and the choice of what is asked for together came after it, when random draws had shown
hardly any combination; what is known to fail was learnt from it.
*Share* is of the draws that show a feature; *nearest* is how far the best setting that a search could find is from the
tolerance (1 or less is reproduced).
"""

SYNTHETIC = """
A truth is drawn among the members of the shipped calibration, its record is simulated with the noise that the
likelihood supposes, and the calibration is put to it from the shipped best fit.
*Held* is the share of 90 % intervals that hold the truth, for numbers that the record narrows by a tenth or more, and
for the deaths that two packages avert in 2027 to 2036.
An interval is the one that would hold a further member nine times in ten
([why](../decisions/0030-draws-are-counted-by-walkers-too.md)).
If intervals mean what they say, a quarter of truths is in the lowest quarter of the members, and a quarter in the
highest ({source}).
Truths were drawn from what the real record left and not from the priors, so that in theory somewhat more than 90 % are
held; fitted beside the real record (`--beside`), it is 90 %.
"""
