"""torch.linalg: determinants, equations, decompositions, norms."""

from __future__ import annotations

from golden.case import Case, T, f16, f64, grid, ints, leaf

# Matrices far from singular, with distinct eigenvalues and singular values.
A2 = leaf([[2.0, -1.0], [0.5, 3.0]])
A3 = leaf([[2.0, -1.0, 0.5], [0.3, 3.0, -0.7], [-0.4, 0.8, 1.5]])
S3 = leaf([[4.0, 1.0, -0.5], [1.0, 3.0, 0.7], [-0.5, 0.7, 2.0]])
STACK = leaf([[[2.0, -1.0], [0.5, 3.0]], [[-1.0, 0.2], [0.4, 1.7]]])
TALL = leaf([[2.0, -1.0], [0.3, 3.0], [-0.4, 0.8]])
WIDE = leaf([[2.0, -1.0, 0.5], [0.3, 3.0, -0.7]])
A3_64 = leaf(A3.numbers, "float64")
ONES = leaf([[1.0, 1.0], [1.0, 1.0]])
ZERO = leaf([[0.0, 0.0], [0.0, 0.0]])
PD = leaf([[4.0, 2.0, 0.4], [2.0, 3.0, 0.7], [0.4, 0.7, 2.0]])
PD_STACK = leaf([[[4.0, 2.0], [2.0, 3.0]], [[1.0, 0.5], [0.5, 2.0]]])
HALF = f16(2, 2)
INF = float("inf")
LA = "torch.linalg."

SQUARE = ["det", "inv", "matrix_exp"]

CASES = [
    # determinants, inverses, exponentials
    *[
        Case(f"{LA}{f}(x)", x=x, tol=5)
        for f in SQUARE
        for x in (A2, A3, STACK, A3_64, T(2, 2), f64(0, 0))
    ],
    *[Case(f"{LA}{f}(x)", x=x, error=True) for f in SQUARE for x in ((2, 3), (3,), (), ints(2, 2))],
    Case("torch.det(x)", x=HALF, error=True),
    Case("torch.linalg.inv(x)", x=HALF, error=True),
    *[Case("torch.linalg.inv(x)", x=x, error=True) for x in (ONES, ZERO)],
    Case("torch.linalg.inv(torch.stack([torch.eye(2), x]))", x=ONES, error=True),
    Case("torch.inverse(x)", x=A2),
    Case("x.inverse()", x=(2, 3), error=True),
    Case("x.det()", x=A3),
    Case("torch.linalg.inv_ex(x)", x=A2),
    Case("torch.linalg.inv_ex(x)", x=ONES, grad=False),
    Case("torch.linalg.inv_ex(x, check_errors=True)", x=ONES, error=True),
    *[Case("torch.slogdet(x)", x=x, tol=5) for x in (A3, STACK, leaf([[0.0, 1.0], [1.0, 0.0]]))],
    Case("torch.linalg.slogdet(x)", x=ZERO, grad=False),
    Case("torch.linalg.slogdet(x)", x=(2, 3), error=True),
    *[Case("torch.logdet(x)", x=x, tol=5) for x in (A3, PD_STACK)],
    Case("torch.logdet(-x)", x=A3, grad=False),
    Case("torch.logdet(x)", x=ZERO, grad=False),
    Case("torch.matrix_exp(x * 30)", x=A2, tol=100, second=False, printed=False),
    # pseudoinverse and least squares
    *[Case("torch.linalg.pinv(x)", x=x, tol=20) for x in (TALL, WIDE, A2, STACK)],
    Case("torch.pinverse(x)", x=TALL, tol=20),
    Case("torch.linalg.pinv(x, rtol=0.5)", x=WIDE, grad=False),
    Case("torch.linalg.pinv(x, hermitian=True)", x=S3, tol=20),
    Case("torch.linalg.pinv(x)", x=ZERO, grad=False),
    *[Case("torch.linalg.pinv(x)", x=x, error=True) for x in ((3,), ints(2, 2))],
    *[
        Case("torch.linalg.lstsq(x, y).solution", x=x, y=y, tol=50)
        for x, y in [(TALL, (3, 2)), (WIDE, (2, 1)), (A2, (2, 2))]
    ],
    Case("torch.linalg.lstsq(x, y)", x=TALL, y=(3, 1), grad=False),
    Case("torch.linalg.lstsq(x, y, driver='gelsd')", x=TALL, y=(3, 1), grad=False, tol=5),
    Case("torch.linalg.lstsq(x, y, driver='gels')", x=TALL, y=(3, 1), grad=False, tol=5),
    Case("torch.linalg.lstsq(x, y)", x=TALL, y=(2, 2), error=True),
    Case("torch.linalg.lstsq(x, y, driver='x')", x=TALL, y=(3, 2), error=True),
    # equations
    *[
        Case("torch.linalg.solve(x, y)", x=x, y=y, tol=5)
        for x, y in [
            (A2, (2,)),
            (A2, (2, 3)),
            (STACK, (2, 2, 3)),
            (STACK, (2, 3)),
            (STACK, (2, 2)),
            (A2, (3, 2, 1)),
            (A3_64, f64(3, 2)),
            (f64(0, 0), f64(0)),
        ]
    ],
    Case("torch.linalg.solve(x, y, left=False)", x=A2, y=(3, 2), tol=5),
    *[
        Case("torch.linalg.solve(x, y)", x=x, y=y, error=True)
        for x, y in [
            (A2, (3,)),
            (A2, (3, 2)),
            ((2, 3), (2,)),
            ((2,), (2,)),
            (ONES, (2,)),
            (A2, f64(2)),
            (ints(2, 2), ints(2)),
            (A2, ()),
        ]
    ],
    Case("torch.linalg.solve(x, 3)", x=A2, error=True),
    *[
        Case("torch.linalg.solve_triangular(x, y, upper=u)", x=A3, y=(3, 2), u=u, tol=5)
        for u in (True, False)
    ],
    Case(
        "torch.linalg.solve_triangular(x, y, upper=True, left=False)",
        x=A3,
        y=(2, 3),
        tol=5,
        name=False,
        printed=False,
    ),
    Case(
        "torch.linalg.solve_triangular(x, y, upper=False, unitriangular=True)",
        x=STACK,
        y=(2, 3),
        tol=5,
    ),
    *[
        Case("torch.linalg.solve_triangular(x, y, upper=True)", x=x, y=y, error=True)
        for x, y in [((2, 2), (2,)), ((2, 3), (2, 2)), ((2, 2), (3, 2))]
    ],
    # powers and ranks
    *[Case("torch.matrix_power(x, n)", x=A2, n=n, tol=5) for n in (1, 2, 3, 5, -1, -3)],
    Case("torch.matrix_power(x, 0)", x=A2, name=False),
    Case("torch.linalg.matrix_power(x, 3)", x=STACK, tol=5),
    Case("x.matrix_power(3)", x=ints(2, 2)),
    *[
        Case("torch.matrix_power(x, n)", x=x, n=n, error=True)
        for x, n in [((2, 3), 2), ((3,), 2), (A2, 2.0), (ONES, -1)]
    ],
    *[Case("torch.linalg.matrix_rank(x)", x=x, grad=False) for x in (A3, ONES, ZERO, WIDE, STACK)],
    Case("torch.linalg.matrix_rank(x, tol=2.5)", x=S3, grad=False),
    Case("torch.linalg.matrix_rank(x, atol=0.1, rtol=0.5, hermitian=True)", x=S3, grad=False),
    Case("torch.linalg.matrix_rank(x)", x=(3,), error=True),
    # decompositions: what does not depend on the signs of the vectors
    *[Case("torch.linalg.svdvals(x)", x=x, tol=10) for x in (TALL, WIDE, A3, STACK)],
    *[
        Case("torch.linalg.svd(x, full_matrices=False)", x=x, grad=False, tol=10)
        for x in (TALL, WIDE, A3, STACK)
    ],
    *[Case("torch.linalg.svd(x)", x=x, grad=False, tol=10) for x in (TALL, WIDE)],
    Case("torch.svd(x)", x=WIDE, grad=False, tol=10),
    Case("torch.svd(x, compute_uv=False)", x=TALL, grad=False, tol=10),
    *[Case("torch.linalg.svd(x, full_matrices=False).U ** 2", x=x, tol=50) for x in (TALL, A3)],
    *[Case("torch.linalg.svd(x, full_matrices=False).Vh ** 2", x=x, tol=50) for x in (WIDE, A3)],
    Case(
        "u, s, vh = torch.linalg.svd(x, full_matrices=False)\nresult = (u * s.sin()) @ vh",
        x=TALL,
        tol=50,
    ),
    *[
        Case("torch.linalg.svd(x)", x=x, error=True)
        for x in ((3,), ints(2, 2), HALF, leaf([[float("nan")] * 2] * 2))
    ],
    *[Case("torch.linalg.eigh(x)", x=x, grad=False, tol=10) for x in (S3, PD_STACK, A3)],
    Case("torch.linalg.eigh(x, UPLO='U')", x=A3, grad=False, tol=10),
    *[Case("torch.linalg.eigvalsh(x)", x=x, tol=20) for x in (S3, PD_STACK)],
    Case("torch.linalg.eigh(x).eigenvectors ** 2", x=S3, tol=100),
    Case("w, v = torch.linalg.eigh(x + x.mT)\nresult = (v * w.exp()) @ v.mT", x=S3, tol=100),
    *[Case("torch.linalg.eigh(x)", x=x, error=True) for x in ((2, 3), (3,), ints(2, 2))],
    Case("torch.linalg.eigh(x, UPLO='x')", x=S3, error=True),
    *[Case("torch.linalg.qr(x)", x=x, tol=50) for x in (TALL, A3, WIDE, STACK)],
    Case("torch.linalg.qr(x, mode='complete')", x=TALL, grad=False, tol=5),
    Case("torch.linalg.qr(x, mode='r')", x=TALL, grad=False, tol=5),
    Case("torch.linalg.qr(x, mode='r').R.sum().backward()", x=TALL, error=True),
    Case("torch.linalg.qr(x, mode='complete').R.sum().backward()", x=TALL, error=True),
    *[
        Case("torch.linalg.qr(x, mode=m)", x=x, m=m, error=True)
        for x, m in [((3,), "r"), (TALL, "x"), (ints(2, 2), "r")]
    ],
    *[Case("torch.linalg.cholesky(x)", x=x, tol=20) for x in (PD, PD_STACK)],
    Case("torch.linalg.cholesky(x, upper=True)", x=PD, tol=20),
    Case("torch.cholesky(x)", x=PD, warns=True, tol=20),
    Case("torch.linalg.cholesky_ex(x)", x=PD, tol=20),
    Case("torch.linalg.cholesky_ex(x)", x=leaf([[1.0, 2.0], [2.0, 1.0]]), grad=False),
    *[
        Case("torch.linalg.cholesky(x)", x=x, error=True)
        for x in (ZERO, (2, 3), leaf([[1.0, 2.0], [2.0, 1.0]]), ints(2, 2))
    ],
    Case("torch.linalg.cholesky(torch.stack([torch.eye(2), x]))", x=ZERO, error=True),
    Case(
        "torch.cholesky_solve(x, torch.linalg.cholesky(y))",
        x=(3, 2),
        y=PD,
        tol=50,
        name=False,
        printed=False,
    ),
    Case(
        "torch.cholesky_inverse(torch.linalg.cholesky(y))", y=PD, tol=50, name=False, printed=False
    ),
    # norms
    *[
        Case("torch.linalg.vector_norm(x, p)", x=x, p=p, tol=3)
        for x in ((3,), (2, 3), ())
        for p in (2, 1, 0, 3, 0.5, INF, -INF, -1)
    ],
    *[
        Case("torch.linalg.vector_norm(x, p, dim=1, keepdim=True)", x=(2, 3), p=p, tol=3)
        for p in (2, 1.5, INF)
    ],
    *[
        Case("torch.linalg.vector_norm(x, p)", x=leaf([0.0, 0.0, 0.0]), p=p, second=False)
        for p in (2, 1, 1.5, 3, INF)
    ],
    *[
        Case("torch.linalg.vector_norm(x, p)", x=leaf([0.0, 1.0, -1.0]), p=p, second=False)
        for p in (2, 1, 0.5, 3, INF)
    ],
    Case("torch.linalg.vector_norm(x, dim=(0, 2))", x=(2, 3, 2)),
    Case("torch.linalg.vector_norm(x, dtype=torch.float64)", x=(3,)),
    Case("torch.linalg.vector_norm(x)", x=f16(3), second=False),
    Case("torch.linalg.vector_norm(x)", x=(0,)),
    *[
        Case("torch.linalg.vector_norm(x, p)", x=x, p=p, error=True)
        for x, p in [(ints(3), 2), ((0,), INF), ((0,), -1), ((3,), "fro")]
    ],
    *[Case("torch.linalg.vector_norm(x, dim=d)", x=(2, 3), d=d, error=True) for d in (2, -3)],
    Case("torch.linalg.vector_norm(x, dtype=torch.float16)", x=(3,), error=True),
    *[
        Case("torch.linalg.matrix_norm(x, p)", x=x, p=p, tol=20)
        for x in (TALL, STACK)
        for p in ("fro", "nuc", 1, -1, 2, -2, INF, -INF)
    ],
    *[
        Case("torch.linalg.matrix_norm(x, p, (2, 0), True)", x=(2, 3, 3), p=p, tol=20)
        for p in ("fro", 1, INF)
    ],
    *[
        Case("torch.linalg.matrix_norm(x, p)", x=x, p=p, error=True)
        for x, p in [((3,), "fro"), ((2, 3), 3), ((2, 3), "x"), (ints(2, 3), "fro"), (f16(2, 2), 2)]
    ],
    *[Case("torch.linalg.norm(x)", x=x) for x in ((), (3,), (2, 3), (2, 3, 2))],
    *[
        Case("torch.linalg.norm(x, p)", x=x, p=p, tol=20)
        for x, p in [((3,), 3), (TALL, 2), (TALL, 1), (TALL, "nuc"), ((3,), 0)]
    ],
    Case("torch.linalg.norm(x, 1)", x=(2, 0), grad=False),
    Case("torch.linalg.norm(x, ord=2, dim=1)", x=(2, 3)),
    Case("torch.linalg.norm(x, dim=-1, keepdim=True)", x=(2, 3)),
    *[
        Case("torch.linalg.norm(x, p)", x=x, p=p, error=True)
        for x, p in [((2, 3, 2), 2), ((3,), "fro"), ((2, 3), 0), ((2, 3), "x")]
    ],
    Case("torch.linalg.norm(x, dim=[0, 1, 2])", x=(2, 3, 2), error=True),
    *[Case("torch.linalg.cond(x, p)", x=A2, p=p, tol=50) for p in (None, 2, -2)],
    Case("torch.linalg.cond(x, p)", x=A2, p="nuc", tol=50, name=False),
    # PyTorch itself cannot differentiate these: it changes the inverse in place.
    *[Case("torch.linalg.cond(x, p)", x=A2, p=p, grad=False, tol=10) for p in (1, "fro", INF)],
    Case("torch.linalg.cond(x, 1)", x=ONES, grad=False),
    *[
        Case("torch.linalg.cond(x, p)", x=x, p=p, error=True)
        for x, p in [((2, 3), 1), ((3,), 2), (A2, "x"), (A2, 3)]
    ],
    # the rest
    Case("torch.linalg.diagonal(x)", x=(2, 3, 3)),
    Case("torch.linalg.vander(x)", x=(3,), tol=5, name=False, printed=False),
    Case("torch.linalg.tensorsolve(x, y)", x=A3, y=(3,), tol=5, name=False, printed=False),
    Case("torch.linalg.tensorinv(x, ind=1)", x=A3, tol=5, name=False, printed=False),
    Case("torch.linalg.vecdot(x, y)", x=ints(3), y=ints(3), error=True),
    Case("torch.linalg.LinAlgError.__mro__[1:2]", grad=False),
    *grid(
        "torch.linalg.multi_dot([x, y, z])",
        x=[(2, 3), (3,)],
        y=[(3, 4), (3, 2)],
        z=[(4, 2), (2, 3)],
    ),
]
