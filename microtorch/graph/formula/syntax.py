"""What code is about: questions about a syntax tree that reading a formula asks."""

from __future__ import annotations

import ast


def about_dtype(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "dtype"


def about_storage(test: ast.AST) -> bool:
    """Whether a question is about how numbers are stored, or whether there are any at all."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=ast.Attribute(attr="size")):
            return True
        case ast.Compare(left=left, ops=[ast.Eq()]):
            return about_dtype(left)
        case ast.BoolOp(values=values):
            return all(map(about_storage, values))
    return False


def is_memo(node: ast.AST) -> bool:
    """What only saves time: a notebook of what forward has computed."""
    match node:
        case ast.Name(id="memo") | ast.Call(func=ast.Name(id="Memo")):
            return True
    return False


def is_view(node: ast.expr) -> bool:
    """Whether a value may share its memory with another array."""
    match node:
        case ast.Call(func=ast.Attribute(attr="reshape" | "swapaxes" | "view" | "ravel")):
            return True
    return isinstance(node, ast.Subscript)
