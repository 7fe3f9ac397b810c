"""Checks at run time, in every test, that arrays have the shapes their annotations promise.

``--jaxtyping-packages`` does that to all functions of a package. Most name no shape, mypy has
checked them, and calling them took three fifths of the time of the tests; so they are left as
they are. So are functions within functions: they would be decorated again at every call.
"""

import ast
import re
from pathlib import Path

from jaxtyping import _import_hook

PACKAGE = Path(__file__).parents[1] / "model_backend"
ALIAS = re.compile(r"^(\w+) = .*\b(?:Bool|Float|Int)\[", re.MULTILINE)
SHAPED = {"Bool", "Float", "Int"} | {
    name for path in PACKAGE.rglob("*.py") for name in ALIAS.findall(path.read_text("utf-8"))
}


def names_a_shape(node: ast.AST) -> bool:
    """True if a node has ``Float[Tensor, "row token"]`` or the like in it, or a name for one."""
    return any(isinstance(part, ast.Name) and part.id in SHAPED for part in ast.walk(node))


class ShapesOnly(_import_hook.JaxtypingTransformer):
    """Decorates the functions and data classes whose annotations name a shape."""

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        fields = [part for part in node.body if isinstance(part, ast.AnnAssign)]
        if any(names_a_shape(field.annotation) for field in fields):
            node.decorator_list.insert(0, self._typechecker.get_ast())
        self.generic_visit(node)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        if names_a_shape(node.args) or (node.returns and names_a_shape(node.returns)):
            node.decorator_list.append(self._typechecker.get_ast())
        return node


def decorate_shapes_only() -> None:
    """Let modules that are imported from now on have checks of shapes alone."""
    _import_hook.JaxtypingTransformer = ShapesOnly  # type: ignore[misc]
