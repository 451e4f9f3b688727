"""Words for a violation whose shape has no message of its own.

Source:
    SHACL, section 3.6.2.6 (result message).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.namespaces import curie
from gcmgraph.shacl.model import Custom, Pattern, Qualified

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.model import Constraint

WORDS = {
    "Class": "is no {0}",
    "Datatype": "is no {0}",
    "NodeKind": "is not of the kind {0}",
    "MinCount": "has fewer than {0} values",
    "MaxCount": "has more than {0} values",
    "MinExclusive": "is not greater than {0}",
    "MinInclusive": "is less than {0}, or cannot be compared with it",
    "MaxExclusive": "is not less than {0}",
    "MaxInclusive": "is greater than {0}, or cannot be compared with it",
    "MinLength": "is shorter than {0} characters",
    "MaxLength": "is longer than {0} characters",
    "Pattern": "does not match {0}",
    "LanguageIn": "is in none of the languages {0}",
    "UniqueLang": "has two values in one language",
    "In": "is none of {0}",
    "HasValue": "lacks the value {0}",
    "Equals": "does not have the same values as {0}",
    "Disjoint": "is a value of {0} too",
    "LessThan": "is not less than {0}",
    "LessThanOrEquals": "is not less than or equal to {0}",
    "Node": "does not conform to {0}",
    "Not": "conforms to {0}, and must not",
    "And": "does not conform to all of {0}",
    "Or": "conforms to none of {0}",
    "Xone": "does not conform to exactly one of {0}",
    "QualifiedMinCount": "has fewer than {1} values that conform to {0}",
    "QualifiedMaxCount": "has more than {1} values that conform to {0}",
    "Closed": "is a value of a property that is not allowed here",
    "Property": "does not conform to {0}",
    "SPARQL": "breaks the rule of a query",
}
FEW = {
    ("MinCount", 1): "has no value",
    ("MaxCount", 0): "has a value",
    ("MaxCount", 1): "has more than one value",
}


def default_message(constraint: Constraint) -> str:
    """Say what a constraint asks for and is not given.

    >>> from gcmgraph.shacl.model import Constraint
    >>> default_message(Constraint("http://www.w3.org/ns/shacl#MinCountConstraintComponent", 2))
    'has fewer than 2 values'
    """
    parameter = constraint.parameter
    if isinstance(parameter, Custom):
        values = ", ".join(f"{curie(name)} {_shown(term)}" for name, term in parameter.values)
        return f"breaks {curie(constraint.component)} with {values}"
    if (constraint.kind, parameter) in FEW:
        return FEW[constraint.kind, parameter]  # type: ignore[index]
    return WORDS[constraint.kind].format(*_words(parameter))


def _words(parameter: object) -> Sequence[str]:
    """Put a parameter into words."""
    if isinstance(parameter, Pattern):
        return [f"'{parameter.text}'"]
    if isinstance(parameter, Qualified):
        return [_shown(parameter.shape), str(parameter.least if parameter.least is not None else parameter.most)]
    if isinstance(parameter, tuple):
        return [", ".join(map(_shown, parameter))]
    if isinstance(parameter, ox.NamedNode | ox.BlankNode | ox.Literal):
        return [_shown(parameter)]
    return [str(parameter)]


def _shown(term: Term) -> str:
    """Show a term to people."""
    if isinstance(term, ox.NamedNode):
        return curie(term.value)
    return "a nested shape" if isinstance(term, ox.BlankNode) else f"'{term.value}'"
