"""Losses and distances, as functions and as modules."""

from golden.case import Case, T, bools, f16, f64, grid, ints, leaf, pos

HOW = ["mean", "sum", "none"]
PROB = leaf([[0.1, 0.7, 0.2], [0.5, 0.25, 0.25]])
P = leaf([0.1, 0.9, 0.5, 0.0, 1.0])
NEG_INF = float("-inf")

CASES = [
    # distances of numbers
    *grid("F.mse_loss(x, y, reduction=r)", r=HOW, x=(2, 3), y=(2, 3)),
    *grid("F.l1_loss(x, y, reduction=r)", r=HOW, x=(2, 3), y=(2, 3)),
    *grid("F.smooth_l1_loss(x, y, reduction=r)", r=HOW, x=(2, 3), y=(2, 3)),
    *grid("F.huber_loss(x, y, reduction=r)", r=HOW, x=(2, 3), y=(2, 3)),
    *grid("F.smooth_l1_loss(x, y, beta=b)", b=[0.5, 2.0, 0.0, 0], x=(5,), y=(5,)),
    *grid("F.huber_loss(x, y, delta=d)", d=[0.5, 2.0], x=(5,), y=(5,)),
    *[
        Case(f"F.{loss}(x, y)", x=x, y=y)
        for loss in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")
        for x, y in (((), ()), (f64(3), f64(3)), (T(2, 3), (2, 3)))
    ],
    *[
        Case(f"F.{loss}(x, y)", x=(3, 1), y=(3,), warns=True)
        for loss in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")
    ],
    Case("F.mse_loss(x, y)", x=(0,), y=(0,)),
    Case("F.mse_loss(x, y, reduction='sum')", x=(0,), y=(0,)),
    Case("F.mse_loss(x, y)", x=(3,), y=ints(3)),
    Case("F.mse_loss(x, y)", x=(3,), y=f64(3)),
    Case("F.mse_loss(x, y)", x=f16(3), y=f16(3), grad=False),
    Case("F.mse_loss(x, y)", x=(2, 3), y=(2, 4), error=True, warns=True),
    Case("F.l1_loss(x, y, reduction='sum')", x=ints(3), y=ints(3)),
    *grid(
        "F.mse_loss(x, y, weight=torch.tensor([1.0, 2.0, 0.5]), reduction=r)", r=HOW, x=(3,), y=(3,)
    ),
    *grid(
        "F.l1_loss(x, y, weight=torch.tensor([1.0, 2.0, 0.5]), reduction=r)", r=HOW, x=(3,), y=(3,)
    ),
    *grid(
        "F.huber_loss(x, y, weight=torch.tensor([1.0, 2.0, 0.5]), reduction=r)",
        r=HOW,
        x=(3,),
        y=(3,),
    ),
    # cross entropy
    *grid("F.cross_entropy(x, torch.tensor([2, 0]), reduction=r)", r=HOW, x=(2, 3)),
    *grid("F.cross_entropy(x, t)", x=[f64(2, 3), T(2, 3), (1, 20)], t=[[0, 1], [2, 2], [7]]),
    Case("F.cross_entropy(x, torch.tensor(1))", x=(3,)),
    *grid("F.cross_entropy(x, torch.tensor([1]), reduction=r)", r=HOW, x=(3,), grad=[False] * 3),
    *grid("F.cross_entropy(x, torch.tensor([[0, 2], [1, 1]]), reduction=r)", r=HOW, x=(2, 3, 2)),
    *grid("F.cross_entropy(x, t, reduction=r)", r=HOW, x=(1, 2, 2, 2), t=[[[[0, 1], [1, 1]]]] * 3),
    *grid(
        "F.cross_entropy(x, torch.tensor([2, 0]), weight=torch.tensor([1.0, 2.0, 0.5]), reduction=r)",
        r=HOW,
        x=(2, 3),
    ),
    *grid("F.cross_entropy(x, torch.tensor([2, -100, 0]), reduction=r)", r=HOW, x=(3, 3)),
    *grid(
        "F.cross_entropy(x, torch.tensor([2, 1, 0]), ignore_index=1, reduction=r)", r=HOW, x=(3, 3)
    ),
    Case("F.cross_entropy(x, torch.tensor([-100, -100]))", x=(2, 3), second=False),
    Case("F.cross_entropy(x, torch.tensor([0, 1]).byte())", x=(2, 3)),
    *grid(
        "F.cross_entropy(x, torch.tensor([2, 0]), label_smoothing=0.1, reduction=r)",
        r=HOW,
        x=(2, 3),
    ),
    *grid(
        "F.cross_entropy(x, torch.tensor([2, -100]), label_smoothing=0.3, reduction=r)",
        r=HOW,
        x=(2, 3),
    ),
    *grid(
        "F.cross_entropy(x, torch.tensor([2, 0]), torch.tensor([1.0, 2.0, 0.5]), label_smoothing=0.1, reduction=r)",
        r=HOW,
        x=(2, 3),
    ),
    Case("F.cross_entropy(x, torch.tensor([[0, 2], [1, 1]]), label_smoothing=0.1)", x=(2, 3, 2)),
    *grid("F.cross_entropy(x, y, reduction=r)", r=HOW, x=(2, 3), y=PROB),
    *grid(
        "F.cross_entropy(x, y, weight=torch.tensor([1.0, 2.0, 0.5]), reduction=r)",
        r=HOW,
        x=(2, 3),
        y=PROB,
    ),
    Case("F.cross_entropy(x, y, label_smoothing=0.2)", x=(2, 3), y=PROB),
    Case("F.cross_entropy(x, y)", x=(3,), y=leaf([0.2, 0.3, 0.5])),
    Case("F.cross_entropy(x, y)", x=(2, 3, 2), y=pos(2, 3, 2)),
    Case("F.cross_entropy(x, torch.tensor([0]))", x=leaf([[1000.0, -1000.0]])),
    Case("F.cross_entropy(x, torch.tensor([0]))", x=leaf([[1.0, NEG_INF]]), second=False),
    Case("F.cross_entropy(x, torch.tensor([], dtype=torch.int64), reduction='sum')", x=(0, 3)),
    Case("F.cross_entropy(x, torch.tensor([], dtype=torch.int64))", x=(0, 3), second=False),
    # negative log-likelihood
    *grid("F.nll_loss(x, torch.tensor([2, 0]), reduction=r)", r=HOW, x=(2, 3)),
    *grid(
        "F.nll_loss(x, torch.tensor([2, 0]), torch.tensor([1.0, 2.0, 0.5]), reduction=r)",
        r=HOW,
        x=(2, 3),
    ),
    *grid(
        "F.nll_loss(x, torch.tensor([[0, 2], [1, -100]]), reduction=r)",
        r=HOW,
        x=(2, 3, 2),
        name=[True, True, False],
    ),
    Case("F.nll_loss(x, torch.tensor(1))", x=(3,)),
    Case("F.nll_loss(x, torch.tensor([2, 1]), ignore_index=1)", x=(2, 3)),
    Case("F.nll_loss(x, torch.tensor([1]))", x=f64(1, 3)),
    Case("F.nll_loss(F.log_softmax(x, 1), torch.tensor([2, 0]))", x=(2, 3)),
    # yes or no
    *grid(
        "F.binary_cross_entropy(x, y, reduction=r)",
        r=HOW,
        x=leaf([0.1, 0.9, 0.5]),
        y=leaf([0.0, 1.0, 0.3]),
    ),
    Case(
        "F.binary_cross_entropy(x, torch.tensor([0.0, 1.0, 1.0, 1.0, 0.0]), reduction='none')",
        x=P,
        second=False,
    ),
    Case(
        "F.binary_cross_entropy(x, torch.tensor([[0.0, 1.0]]), torch.tensor([2.0, 0.5]))",
        x=leaf([[0.3, 0.6]]),
    ),
    Case(
        "F.binary_cross_entropy(torch.sigmoid(x), y)", x=f64(3), y=leaf([0.0, 1.0, 1.0], "float64")
    ),
    *grid(
        "F.binary_cross_entropy_with_logits(x, y, reduction=r)",
        r=HOW,
        x=(4,),
        y=leaf([0.0, 1.0, 0.3, 1.0]),
    ),
    Case(
        "F.binary_cross_entropy_with_logits(x, torch.tensor([0.0, 1.0, 0.0, 1.0]), reduction='none')",
        x=leaf([100.0, -100.0, -100.0, 100.0]),
    ),
    *grid(
        "F.binary_cross_entropy_with_logits(x, y, pos_weight=torch.tensor([2.0, 0.5]), reduction=r)",
        r=HOW,
        x=(3, 2),
        y=leaf([[0.0, 1.0]] * 3),
    ),
    Case(
        "F.binary_cross_entropy_with_logits(x, y, torch.tensor([2.0, 0.5]))",
        x=(3, 2),
        y=leaf([[0.0, 1.0]] * 3),
    ),
    Case("F.binary_cross_entropy_with_logits(x, y)", x=(), y=leaf(1.0)),
    *grid("F.soft_margin_loss(x, torch.tensor([1, -1, 1, -1]), reduction=r)", r=HOW, x=(4,)),
    *grid(
        "F.multilabel_soft_margin_loss(x, torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]]), reduction=r)",
        r=HOW,
        x=(2, 3),
    ),
    Case(
        "F.multilabel_soft_margin_loss(x, torch.tensor([1.0, 0.0]), torch.tensor([2.0, 0.5]))",
        x=(2,),
    ),
    # distributions
    *grid("F.kl_div(x, y, reduction=r)", r=["sum", "none", "batchmean"], x=(2, 3), y=PROB),
    *grid(
        "F.kl_div(x, y, reduction=r, log_target=True)",
        r=["sum", "none", "batchmean"],
        x=(2, 3),
        y=(2, 3),
    ),
    Case("F.kl_div(x, y)", x=(2, 3), y=PROB, warns=True),
    Case("F.kl_div(x, y, reduction='sum')", x=(2,), y=leaf([0.0, 1.0]), second=False),
    *grid("F.poisson_nll_loss(x, torch.tensor([0.0, 1.0, 3.0]), reduction=r)", r=HOW, x=(3,)),
    Case("F.poisson_nll_loss(x, torch.tensor([0.0, 1.0, 3.0]), log_input=False)", x=pos(3)),
    Case(
        "F.poisson_nll_loss(x, torch.tensor([0.0, 1.0, 3.0]), full=True, reduction='none')", x=(3,)
    ),
    *grid("F.gaussian_nll_loss(x, y, v, reduction=r)", r=HOW, x=(2, 3), y=(2, 3), v=pos(2, 3)),
    *grid("F.gaussian_nll_loss(x, y, v, full=True)", x=(2, 3), y=(2, 3), v=[pos(2), pos(2, 1)]),
    Case("F.gaussian_nll_loss(x, y, 2.0)", x=(3,), y=(3,)),
    Case("F.gaussian_nll_loss(x, y, torch.tensor([0.0, 1.0]), eps=0.1)", x=(2,), y=(2,)),
    # margins
    *grid("F.hinge_embedding_loss(x, torch.tensor([1, -1, 1, 0]), reduction=r)", r=HOW, x=(4,)),
    Case("F.hinge_embedding_loss(x, torch.tensor([1, -1]), margin=2.0)", x=(2,)),
    *grid(
        "F.margin_ranking_loss(x, y, torch.tensor([1, -1, 1, -1]), margin=0.3, reduction=r)",
        r=HOW,
        x=(4,),
        y=(4,),
    ),
    *grid(
        "F.multi_margin_loss(x, torch.tensor([2, 0]), reduction=r)",
        r=HOW,
        x=(2, 3),
        second=[False] * 3,
    ),
    *grid(
        "F.multi_margin_loss(x, torch.tensor([2, 0]), p=2, margin=m, weight=w)",
        m=[0.5, 2.0],
        w=[[1.0, 2.0, 0.5]] * 2,
        x=(2, 3),
        second=[False] * 2,
    ),
    Case("F.multi_margin_loss(x, torch.tensor(1))", x=(3,), second=False),
    *grid(
        "F.multilabel_margin_loss(x, torch.tensor([[0, 2, -1], [1, -1, 0]]), reduction=r)",
        r=HOW,
        x=(2, 3),
        second=[False] * 3,
    ),
    Case("F.multilabel_margin_loss(x, torch.tensor([1, -1, 0]))", x=(3,), second=False),
    *grid(
        "F.cosine_embedding_loss(x, y, torch.tensor([1, -1]), margin=0.1, reduction=r)",
        r=HOW,
        x=(2, 3),
        y=(2, 3),
        tol=3,
    ),
    Case("F.cosine_embedding_loss(x, y, torch.tensor(1))", x=(3,), y=(3,), tol=3),
    *grid(
        "F.triplet_margin_loss(x, y, z, reduction=r)", r=HOW, x=(2, 3), y=(2, 3), z=(2, 3), tol=3
    ),
    Case(
        "F.triplet_margin_loss(x, y, z, margin=2.0, p=1, swap=True)",
        x=(2, 3),
        y=(2, 3),
        z=(2, 3),
        tol=3,
    ),
    Case("F.triplet_margin_with_distance_loss(x, y, z)", x=(2, 3), y=(2, 3), z=(2, 3), tol=3),
    Case(
        "F.triplet_margin_with_distance_loss(x, y, z, distance_function=lambda a, b: (a - b).abs().sum(1), swap=True)",
        x=(2, 3),
        y=(2, 3),
        z=(2, 3),
    ),
    # distances
    *grid("F.pairwise_distance(x, y)", x=[(2, 3), (3,), (2, 3)], y=[(2, 3), (3,), (3,)], tol=3),
    *grid(
        "F.pairwise_distance(x, y, p, keepdim=True)",
        p=[1.0, 3.0, float("inf")],
        x=(2, 3),
        y=(2, 3),
        tol=3,
    ),
    Case("F.pairwise_distance(x, y)", x=ints(2, 3), y=ints(2, 3)),
    *grid(
        "F.cosine_similarity(x, y)",
        x=[(2, 3), (2, 3, 2), (2, 3)],
        y=[(2, 3), (2, 3, 2), (3,)],
        tol=3,
    ),
    *grid("F.cosine_similarity(x, y, dim=d)", d=[0, -1], x=(2, 3), y=(2, 3), tol=3),
    Case("F.cosine_similarity(torch.zeros(1, 2), torch.ones(1, 2))"),
    # modules
    *[
        Case(f"[{made}, {made}(x, {target})]", x=x, name=False, second="Margin" not in made)
        for made, target, x in (
            ("nn.MSELoss()", "torch.tensor([1.0, 2.0])", (2,)),
            ("nn.MSELoss(reduction='sum')", "torch.tensor([1.0, 2.0])", (2,)),
            ("nn.L1Loss()", "torch.tensor([1.0, 2.0])", (2,)),
            ("nn.SmoothL1Loss(beta=0.5)", "torch.tensor([1.0, 2.0])", (2,)),
            ("nn.HuberLoss(delta=0.5)", "torch.tensor([1.0, 2.0])", (2,)),
            ("nn.CrossEntropyLoss()", "torch.tensor([1, 0])", (2, 3)),
            (
                "nn.CrossEntropyLoss(torch.tensor([1.0, 2.0, 0.5]), label_smoothing=0.1)",
                "torch.tensor([1, 0])",
                (2, 3),
            ),
            ("nn.NLLLoss(ignore_index=0)", "torch.tensor([1, 0])", (2, 3)),
            (
                "nn.BCEWithLogitsLoss(pos_weight=torch.tensor([2.0]))",
                "torch.tensor([1.0, 0.0])",
                (2,),
            ),
            ("nn.BCELoss()", "torch.tensor([1.0, 0.0])", leaf([0.2, 0.6])),
            ("nn.KLDivLoss(reduction='batchmean')", "torch.tensor([[0.2, 0.8]])", (1, 2)),
            ("nn.PoissonNLLLoss()", "torch.tensor([1.0, 2.0])", (2,)),
            ("nn.GaussianNLLLoss()", "torch.tensor([1.0, 2.0]), torch.ones(2)", (2,)),
            ("nn.HingeEmbeddingLoss()", "torch.tensor([1, -1])", (2,)),
            ("nn.MarginRankingLoss(0.5)", "torch.zeros(2), torch.tensor([1, -1])", (2,)),
            ("nn.MultiMarginLoss(2)", "torch.tensor([1, 0])", (2, 3)),
            ("nn.MultiLabelMarginLoss()", "torch.tensor([[1, -1, 0]])", (1, 3)),
            ("nn.MultiLabelSoftMarginLoss()", "torch.tensor([[1.0, 0.0]])", (1, 2)),
            ("nn.SoftMarginLoss()", "torch.tensor([1, -1])", (2,)),
            ("nn.CosineEmbeddingLoss()", "torch.ones(2, 3), torch.tensor([1, -1])", (2, 3)),
            ("nn.TripletMarginLoss()", "torch.ones(2, 3), torch.zeros(2, 3)", (2, 3)),
            ("nn.TripletMarginWithDistanceLoss()", "torch.ones(2, 3), torch.zeros(2, 3)", (2, 3)),
            ("nn.PairwiseDistance()", "torch.ones(2, 3)", (2, 3)),
            ("nn.CosineSimilarity()", "torch.ones(2, 3)", (2, 3)),
        )
    ],
    Case("list(nn.CrossEntropyLoss(torch.ones(2)).state_dict())"),
    Case("nn.MSELoss(size_average=False)(x, torch.zeros(2))", x=(2,), warns=True),
    Case("F.l1_loss(x, torch.zeros(2), reduce=False)", x=(2,), warns=True),
    # errors
    *[
        Case(f"F.{call}, reduction='average')", x=(2, 3), error=True)
        for call in (
            "mse_loss(x, x",
            "l1_loss(x, x",
            "smooth_l1_loss(x, x",
            "huber_loss(x, x",
            "cross_entropy(x, torch.tensor([0, 1])",
            "nll_loss(x, torch.tensor([0, 1])",
            "binary_cross_entropy(x, x",
            "binary_cross_entropy_with_logits(x, x",
            "kl_div(x, x",
            "poisson_nll_loss(x, x",
            "gaussian_nll_loss(x, x, x * x",
            "hinge_embedding_loss(x, x",
            "cosine_embedding_loss(x, x, torch.tensor([1, 1])",
            "triplet_margin_loss(x, x, x",
            "multilabel_soft_margin_loss(x, x",
        )
    ],
    *[
        Case(f"F.{loss}(x, {target})", x=(2, 3), error=True)
        for loss in ("cross_entropy", "nll_loss")
        for target in (
            "torch.tensor([0, 5])",
            "torch.tensor([0, -1])",
            "torch.tensor([0, 1, 2])",
            "torch.tensor([0.0, 1.0])",
            "torch.tensor([0, 1], dtype=torch.int32)",
            "torch.tensor([[0], [1]])",
            "torch.ones(2, 3).long()",
            "torch.tensor([0, 1]), weight=torch.ones(2)",
            "torch.tensor([0, 1]), weight=torch.ones(3).double()",
        )
    ],
    Case("F.cross_entropy(x, torch.tensor([0, 1]))", x=ints(2, 3), error=True),
    Case("F.cross_entropy(x, torch.tensor([0, 1]))", x=(3,), error=True),
    Case("F.cross_entropy(x, torch.tensor([0, 1]))", x=(2, 3, 4), error=True),
    Case("F.cross_entropy(x, torch.zeros(2, 5).long())", x=(2, 3, 4), error=True),
    Case("F.cross_entropy(x, torch.zeros(2, 5, 4).long())", x=(2, 3, 4, 4), error=True),
    Case("F.cross_entropy(x, torch.tensor([0, 1]), label_smoothing=2.0)", x=(2, 3), error=True),
    Case("F.nll_loss(x, torch.tensor(0))", x=(), error=True),
    Case("F.mse_loss(x, y)", x=ints(3), y=ints(3), error=True),
    Case("F.mse_loss(x, 3.0)", x=(3,), error=True),
    Case("F.smooth_l1_loss(x, x, beta=-1.0)", x=(3,), error=True),
    Case("F.huber_loss(x, x, delta=0.0)", x=(3,), error=True),
    Case("nn.HuberLoss(delta='a')", error=True),
    Case("F.mse_loss(x, x, weight=torch.ones(2))", x=(3,), error=True),
    Case("F.binary_cross_entropy(x, torch.zeros(3))", x=leaf([0.2, 1.5, 0.1]), error=True),
    Case("F.binary_cross_entropy(x, torch.zeros(2))", x=pos(3), error=True),
    Case("F.binary_cross_entropy(x, torch.tensor([0, 1]))", x=leaf([0.2, 0.5]), error=True),
    Case("F.binary_cross_entropy(x, torch.zeros(2), x)", x=leaf([0.2, 0.5]), error=True),
    Case("F.binary_cross_entropy_with_logits(x, torch.zeros(3, 1))", x=(3,), error=True),
    Case("F.binary_cross_entropy_with_logits(x, torch.tensor([0, 1, 1]))", x=(3,), error=True),
    Case("F.binary_cross_entropy_with_logits(x, y)", x=(3,), y=bools(3), error=True),
    Case("F.gaussian_nll_loss(x, x, -torch.ones(3))", x=(3,), error=True),
    Case("F.gaussian_nll_loss(x, x, torch.ones(3))", x=(2, 3), error=True),
    Case("F.margin_ranking_loss(x, x, torch.ones(3, 1))", x=(3,), error=True),
    Case("F.multi_margin_loss(x, torch.tensor([0, 5]))", x=(2, 3), error=True),
    Case("F.multi_margin_loss(x, torch.tensor([0, 1, 2]))", x=(2, 3), error=True),
    Case("F.multi_margin_loss(x, torch.tensor([0.0, 1.0]))", x=(2, 3), error=True),
    Case("F.multi_margin_loss(x, torch.tensor([0, 1]), p=3)", x=(2, 3), error=True),
    Case("F.multilabel_margin_loss(x, torch.tensor([[0, 5, -1]]))", x=(1, 3), error=True),
    Case("F.multilabel_margin_loss(x, torch.tensor([0, 1]))", x=(1, 3), error=True),
    Case("F.soft_margin_loss(x, torch.ones(2))", x=(3,), error=True),
    Case("F.cosine_embedding_loss(x, x, torch.tensor([[1], [1]]))", x=(2, 3), error=True),
    Case("F.cosine_embedding_loss(x, x, torch.tensor(1))", x=(2, 3), error=True),
    Case("F.triplet_margin_loss(x, x, x[0])", x=(2, 3), error=True),
    Case("F.triplet_margin_loss(x, x, x, margin=-1.0)", x=(2, 3), error=True),
    Case("nn.TripletMarginLoss(margin=-1)", error=True),
    Case("nn.MultiMarginLoss(p=3)", error=True),
    Case("F.cosine_similarity(x, x)", x=(3,), error=True),
    Case("F.pairwise_distance(x, torch.ones(2, 4))", x=(2, 3), error=True),
]
