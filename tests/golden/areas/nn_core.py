"""nn.Module, containers, Linear, Embedding, dropout, nn.init and nn.utils."""

from __future__ import annotations

from golden.case import Case, f64, ints

NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(3, 4)
        self.fc2 = nn.Linear(4, 2, bias=False)
        self.register_buffer("mean", torch.arange(3.0))
        self.register_buffer("temporary", torch.ones(2), persistent=False)
        self.scale = nn.Parameter(torch.tensor(2.0))
    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x - self.mean))) * self.scale
net = Net()
"""
NESTED = """
class Block(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(n, n), nn.Dropout(0.1))
        self.skip = nn.Identity()
    def forward(self, x):
        return self.body(x) + self.skip(x)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([Block(2), Block(2)])
        self.heads = nn.ModuleDict({"a": nn.Linear(2, 1), "b": nn.Linear(2, 3)})
        self.extra = nn.ParameterList([torch.ones(2), torch.zeros(3)])
        self.shared = self.heads["a"]
    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.heads["a"](x)
net = Net()
"""
LOG = """
log = []
net = nn.Sequential(nn.Linear(3, 2), nn.Flatten())
x = torch.ones(2, 3)
"""


def show(code: str, expression: str) -> Case:
    """What an expression gives after some code."""
    return Case(f"{code.strip()}\nresult = {expression}", grad=False)


def message(code: str, expression: str) -> Case:
    """What an expression raises after some code."""
    return Case(f"{code.strip()}\nresult = {expression}", error=True)


PRINTED = [
    "nn.Linear(3, 4)",
    "nn.Linear(3, 4, bias=False)",
    "nn.Linear(in_features=3, out_features=4, dtype=torch.float64)",
    "nn.Bilinear(2, 3, 4)",
    "nn.Bilinear(2, 3, 4, bias=False)",
    "nn.Identity()",
    "nn.Identity(54, unused=3)",
    "nn.Embedding(5, 3)",
    "nn.Embedding(5, 3, padding_idx=0)",
    "nn.Embedding(5, 3, padding_idx=-1, norm_type=1.0)",
    "nn.Flatten()",
    "nn.Flatten(0, 2)",
    "nn.Unflatten(1, (2, 5))",
    "nn.Unflatten(1, [2, 5])",
    "nn.Dropout()",
    "nn.Dropout(0.2, inplace=True)",
    "nn.Dropout1d(0.1)",
    "nn.Dropout2d(p=0.3)",
    "nn.Dropout3d()",
    "nn.AlphaDropout(0.25)",
    "nn.FeatureAlphaDropout(0.25)",
    "nn.Sequential()",
    "nn.Sequential(nn.Linear(1, 2), nn.Sequential(nn.Flatten(), nn.Identity()))",
    "nn.ModuleList()",
    "nn.ModuleList([nn.Linear(2, 2) for _ in range(3)])",
    "nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 3), nn.Linear(2, 2)])",
    "nn.ModuleList([nn.Sequential(nn.Linear(2, 2), nn.Dropout()) for _ in range(2)])",
    "nn.ModuleDict()",
    "nn.ModuleDict({'a': nn.Linear(1, 1), 'b': nn.ModuleList([nn.Identity()])})",
    "nn.ModuleDict([('x', nn.Flatten()), ['y', nn.Identity()]])",
    "nn.ParameterList()",
    "nn.ParameterList([torch.ones(2, 3), nn.Parameter(torch.tensor(1.0)), 'word', 3])",
    "nn.ParameterDict()",
    "nn.ParameterDict({'b': torch.ones(2), 'a': torch.zeros(2, 3), 'n': None})",
    "nn.Parameter(torch.tensor([1.0, 2.5]))",
    "nn.Parameter(torch.tensor([1.0, 2.5]), requires_grad=False)",
    "nn.Parameter(torch.tensor([[1, 2]]), requires_grad=False)",
    "nn.Parameter(torch.tensor(3.0, dtype=torch.float64))",
    "nn.Parameter()",
    "nn.Buffer(torch.tensor([1.0, 2.0]))",
]

ON_NET = [
    "net",
    "[name for name, _ in net.named_parameters()]",
    "[name for name, _ in net.named_parameters(prefix='model')]",
    "[name for name, _ in net.named_parameters(recurse=False)]",
    "[name for name, _ in net.named_buffers()]",
    "[name for name, _ in net.named_modules()]",
    "[name for name, _ in net.named_children()]",
    "[p.shape for p in net.parameters()]",
    "list(net.state_dict())",
    "list(net.state_dict(prefix='m.'))",
    "dict(net.state_dict())",
    "net.state_dict()._metadata",
    "[v.requires_grad for v in net.state_dict(keep_vars=True).values()]",
    "net.load_state_dict(net.state_dict())",
    "net.load_state_dict({}, strict=False)",
    "net.load_state_dict({'mean': torch.ones(3), 'other': torch.ones(1)}, strict=False)",
    "net.load_state_dict({**net.state_dict(), 'mean': torch.ones(3)}) and net.mean",
    "sum(p.numel() for p in net.parameters())",
    "net.get_submodule('fc1')",
    "net.get_submodule('') is net",
    "net.get_parameter('fc1.bias')",
    "net.get_buffer('mean')",
    "net.double().state_dict()",
    "net.half().mean.dtype",
    "net.to(torch.float64).fc1.weight.dtype",
    "net.to('cpu', torch.float64).scale",
    "net.to(torch.ones(1, dtype=torch.float64)).scale",
    "net.to(dtype=torch.float16).temporary",
    "net.cpu() is net",
    "net.eval().training",
    "[m.training for m in net.train(False).modules()]",
    "[p.requires_grad for p in net.requires_grad_(False).parameters()]",
    "net(torch.tensor([[1.0, -2.0, 3.0], [0.5, 0.0, 2.0]]))",
    "list(net._parameters), list(net._buffers), list(net._modules)",
    "net._modules.keys()",
    "'fc1' in net._modules, net._parameters.get('nothing')",
    "[hasattr(net, name) for name in ('fc1', 'mean', 'scale', 'nothing')]",
]

ON_NESTED = [
    "net",
    "[name for name, _ in net.named_parameters()]",
    "[name for name, _ in net.named_parameters(remove_duplicate=False)]",
    "[name for name, _ in net.named_modules()]",
    "[name for name, _ in net.named_modules(remove_duplicate=False)]",
    "[name for name, _ in net.named_children()]",
    "list(net.state_dict())",
    "net.state_dict()._metadata",
    "len(list(net.modules())), len(list(net.parameters()))",
    "[m.training for m in net.eval().modules()]",
    "net(torch.tensor([[1.0, 2.0]])).shape",
    "net.eval()(torch.tensor([[1.0, 2.0]]))",
    "net.get_submodule('blocks.1.body.0')",
    "net.get_parameter('heads.b.weight')",
    "sorted(net.heads), net.heads.keys(), len(net.heads), 'a' in net.heads",
    "net.blocks[-1], net.blocks[:1]",
    "[type(m).__name__ for m in net.modules()]",
]

ERRORS_ON_NET = [
    "net.nothing",
    "setattr(net.fc1, 'weight', torch.ones(4, 3))",
    "setattr(net.fc1, 'weight', 3)",
    "setattr(net, 'scale', nn.Identity())",
    "setattr(net, 'fc1', torch.ones(2))",
    "setattr(net, 'fc1', 'text')",
    "setattr(net, 'mean', 3.0)",
    "delattr(net, 'nothing')",
    "net.register_parameter('fc1', None)",
    "net.register_parameter('x.y', None)",
    "net.register_parameter('', None)",
    "net.register_parameter(3, None)",
    "net.register_parameter('x', torch.ones(2))",
    "net.register_parameter('x', 3)",
    "net.register_buffer('scale', torch.ones(2))",
    "net.register_buffer('x.y', torch.ones(2))",
    "net.register_buffer('', torch.ones(2))",
    "net.register_buffer('x', 'text')",
    "net.register_buffer(2, torch.ones(1))",
    "net.add_module('scale', nn.Identity())",
    "net.add_module('forward', nn.Identity())",
    "net.add_module('x.y', nn.Identity())",
    "net.add_module('', nn.Identity())",
    "net.add_module(3, nn.Identity())",
    "net.add_module('x', 3)",
    "net.add_module('x', nn.Identity)",
    "net.get_submodule('fc1.nothing')",
    "net.get_submodule('fc1.weight')",
    "net.get_parameter('fc1.nothing')",
    "net.get_parameter('mean')",
    "net.get_buffer('scale')",
    "net.set_submodule('', nn.Identity())",
    "net.set_submodule('fc9', nn.Identity(), strict=True)",
    "net.set_submodule('scale', nn.Identity())",
    "net.train(1)",
    "net.to(torch.int64)",
    "net.load_state_dict(3)",
    "net.load_state_dict({})",
    "net.load_state_dict({**net.state_dict(), 'fc1.weight': torch.ones(2)})",
    "net.load_state_dict({**net.state_dict(), 'mean': 3})",
    "net.fc1(torch.ones(2, 5))",
    "net.fc1(torch.ones(2, 3, dtype=torch.float64))",
    "net.fc1()",
    "net(torch.ones(1, 3), 1)",
    "nn.Module(3)",
    "nn.Module(size=3)",
    "Net(3)",
    "nn.Parameter([1.0])",
    "nn.Parameter(3.0)",
    "nn.Parameter(torch.tensor([1, 2]))",
    "nn.Module()(torch.ones(1))",
    "nn.ModuleList()(torch.ones(1))",
    "nn.ParameterList()()",
    "nn.ParameterDict()(1)",
    "nn.Sequential(3)",
    "nn.Sequential(nn.Identity())[1]",
    "nn.Sequential(nn.Identity())['0']",
    "nn.Sequential() + nn.ModuleList()",
    "nn.Sequential() * 0",
    "nn.Sequential() * 1.5",
    "nn.Sequential().insert(2, nn.Identity())",
    "nn.Sequential().insert(0, 3)",
    "nn.Sequential(nn.Linear(2, 2), nn.Identity())(torch.ones(3, 4))",
    "nn.ModuleList([nn.Identity()])[-2]",
    "nn.ModuleList().extend(3)",
    "nn.ModuleList([1])",
    "nn.ModuleDict()['a']",
    "nn.ModuleDict({'keys': nn.Identity()})",
    "nn.ModuleDict({'a.b': nn.Identity()})",
    "nn.ModuleDict(3)",
    "nn.ModuleDict([3])",
    "nn.ModuleDict([('a',)])",
    "nn.ParameterList(torch.ones(2))",
    "nn.ParameterList([torch.ones(2)])[3]",
    "nn.ParameterDict({1: torch.ones(2)})",
    "nn.ParameterDict({'a': torch.ones(2)})['b']",
    "nn.ParameterDict(3)",
    "nn.ParameterDict({'values': torch.ones(2)})",
    "nn.Dropout(1.5)",
    "nn.Dropout(-0.1)",
    "nn.Dropout1d()(torch.ones(2))",
    "nn.Unflatten(1, 3)",
    "nn.Unflatten(1, (2, 1.5))",
    "nn.Embedding(3, 2, padding_idx=3)",
    "nn.Embedding(3, 2, padding_idx=-4)",
    "nn.Embedding(3, 2, _weight=torch.ones(2, 2))",
    "nn.Embedding.from_pretrained(torch.ones(2))",
    "nn.Embedding(3, 2)(torch.tensor([0, 3]))",
    "nn.Embedding(3, 2)(torch.tensor([0.5]))",
    "nn.Bilinear(0, 2, 3)",
    "nn.Linear(-1, 2)",
    "nn.init.calculate_gain('cos')",
    "nn.init.calculate_gain('leaky_relu', 'x')",
    "nn.init.calculate_gain('leaky_relu', True)",
    "nn.init.kaiming_uniform_(torch.empty(3))",
    "nn.init.kaiming_normal_(torch.empty(3, 2), mode='fan')",
    "nn.init.kaiming_normal_(torch.empty(3, 2), nonlinearity='swish')",
    "nn.init.xavier_uniform_(torch.empty(3))",
    "nn.init.xavier_normal_(torch.tensor(1.0))",
    "nn.init.eye_(torch.empty(3))",
    "nn.init.dirac_(torch.empty(3, 3))",
    "nn.init.dirac_(torch.empty(4, 3, 3), groups=3)",
    "nn.init.orthogonal_(torch.empty(3))",
    "nn.init.sparse_(torch.empty(3), 0.5)",
    "nn.utils.vector_to_parameters([1.0], net.parameters())",
]

UNINITIALISED = [
    "self.weight = nn.Parameter(torch.ones(2))",
    "self.fc = nn.Linear(2, 2)",
    "self.mean = nn.Buffer(torch.ones(2))",
    "self.register_parameter('weight', None)",
    "self.register_buffer('mean', None)",
]

NUMBERS = [
    "nn.Linear(3, 4).state_dict()",
    "nn.Linear(20, 1, bias=False).weight",
    "nn.Linear(1, 3, dtype=torch.float64).state_dict()",
    "nn.Linear(100, 7).weight",
    "nn.Bilinear(2, 3, 2).state_dict()",
    "nn.Embedding(5, 3).weight",
    "nn.Embedding(10, 4, padding_idx=2).weight",
    "nn.Embedding(4, 3, padding_idx=-1).weight",
    "nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)).state_dict()",
    "nn.init.uniform_(torch.empty(3, 5))",
    "nn.init.uniform_(torch.empty(4), -2, 3)",
    "nn.init.normal_(torch.empty(3, 4))",
    "nn.init.normal_(torch.empty(5, 7), mean=1, std=0.1)",
    "nn.init.normal_(torch.empty(40, dtype=torch.float64))",
    "nn.init.constant_(torch.empty(2, 3), 0.3)",
    "nn.init.ones_(torch.empty(2))",
    "nn.init.zeros_(torch.empty(2, 1))",
    "nn.init.eye_(torch.empty(3, 5))",
    "nn.init.eye_(torch.empty(4, 2))",
    "nn.init.dirac_(torch.empty(3, 4, 5))",
    "nn.init.dirac_(torch.empty(4, 2, 3, 3), groups=2)",
    "nn.init.dirac_(torch.empty(2, 2, 2, 3, 1))",
    "nn.init.xavier_uniform_(torch.empty(3, 5))",
    "nn.init.xavier_uniform_(torch.empty(3, 5, 2, 2), gain=2.0)",
    "nn.init.xavier_normal_(torch.empty(5, 4))",
    "nn.init.xavier_normal_(torch.empty(2, 3, 3), gain=0.5)",
    "nn.init.kaiming_uniform_(torch.empty(4, 6))",
    "nn.init.kaiming_uniform_(torch.empty(4, 6), mode='fan_out', nonlinearity='relu')",
    "nn.init.kaiming_uniform_(torch.empty(4, 2, 3, 3), a=0.1)",
    "nn.init.kaiming_normal_(torch.empty(4, 6))",
    "nn.init.kaiming_normal_(torch.empty(4, 2, 3), mode='FAN_OUT', nonlinearity='tanh')",
    "nn.init.trunc_normal_(torch.empty(20, 20))",
    "nn.init.trunc_normal_(torch.empty(6), std=2.0)",
    "nn.init.trunc_normal_(torch.empty(30), mean=0.5, std=0.02, a=0.45, b=0.6)",
    "nn.init.trunc_normal_(torch.empty(50), a=1.5, b=3.0)",
    "nn.init.trunc_normal_(torch.empty(17), a=-0.1, b=0.1)",
    "nn.init.trunc_normal_(torch.empty(30, dtype=torch.float64), a=1.0, b=2.0)",
    "nn.init.orthogonal_(torch.empty(4, 4))",
    "nn.init.orthogonal_(torch.empty(3, 5), gain=2)",
    "nn.init.orthogonal_(torch.empty(6, 2))",
    "nn.init.orthogonal_(torch.empty(4, 2, 3))",
    "nn.init.sparse_(torch.empty(5, 3), sparsity=0.4)",
    "nn.init.sparse_(torch.empty(10, 4), sparsity=0.1, std=1.0)",
    "nn.init.uniform_(nn.Parameter(torch.empty(3)))",
    "nn.init.zeros_(nn.Linear(2, 3).weight)",
    "[nn.init.calculate_gain(f) for f in ('linear', 'sigmoid', 'tanh', 'relu', 'selu', 'conv2d')]",
    "nn.init.calculate_gain('leaky_relu', 0.2), nn.init.calculate_gain('leaky_relu')",
    "nn.init._calculate_fan_in_and_fan_out(torch.empty(4, 2, 3, 3))",
    "torch.randperm(4), nn.Linear(2, 2).weight, torch.rand(2)",
]

WARNINGS = [
    "nn.Linear(0, 3)",
    "nn.Linear(3, 0).state_dict()",
    "nn.init.kaiming_normal_(torch.empty(0, 2))",
    "nn.init.xavier_uniform(torch.empty(2, 2))",
    "nn.init.constant(torch.empty(2), 1.5)",
    "nn.init.trunc_normal_(torch.empty(3), mean=10.0, a=-1, b=1).shape",
    "nn.utils.clip_grad_norm_((p for p in ()), 1.0)",
    "nn.Dropout2d(0.0)(torch.ones(2, 3))",
    "nn.Dropout2d(0.0)(torch.ones(2, 3, 4))",
    "nn.Dropout3d(0.0)(torch.ones(2, 3))",
]

CONTAINERS = [
    "seq = nn.Sequential(nn.Identity(), nn.Flatten())\nresult = seq[0], seq[-1], seq[:1], seq[5:], len(seq)",
    "seq = nn.Sequential(nn.Identity(), nn.Flatten())\nseq[0] = nn.Linear(2, 2)\nresult = seq",
    "seq = nn.Sequential(nn.Identity(), nn.Flatten(), nn.Dropout())\ndel seq[1]\nresult = seq",
    "seq = nn.Sequential(nn.Identity(), nn.Flatten(), nn.Dropout())\ndel seq[:2]\nresult = seq",
    "seq = nn.Sequential(nn.Identity()).append(nn.Flatten()).extend([nn.Dropout()])\nresult = seq",
    "seq = nn.Sequential(nn.Identity()).insert(0, nn.Flatten())\nresult = seq",
    "seq = nn.Sequential(nn.Identity(), nn.Dropout()).insert(-1, nn.Flatten())\nresult = seq",
    "seq = nn.Sequential(nn.Identity(), nn.Dropout())\nresult = seq.pop(0), seq",
    "seq = nn.Sequential(nn.Identity()) + nn.Sequential(nn.Flatten())\nresult = seq",
    "seq = nn.Sequential(nn.Identity())\nseq += nn.Sequential(nn.Flatten())\nresult = seq",
    "seq = nn.Sequential(nn.Identity(), nn.Flatten()) * 2\nresult = seq",
    "seq = nn.Sequential(nn.Identity(), nn.Flatten())\nseq *= 2\nresult = seq, 3 * nn.Sequential(nn.Identity())",
    "from collections import OrderedDict\nseq = nn.Sequential(OrderedDict([('fc', nn.Linear(1, 2)), ('flat', nn.Flatten())]))\nresult = seq, seq.fc, seq[1], list(seq.state_dict()), seq[:1]",
    "seq = nn.Sequential(nn.Identity())\nseq.add_module('last', nn.Flatten())\nresult = seq, seq[1]",
    "seq = nn.Sequential(nn.Identity(), None)\nresult = seq",
    "ml = nn.ModuleList([nn.Identity()])\nml.append(nn.Flatten()).extend(nn.Sequential(nn.Dropout()))\nresult = ml, len(ml), ml[2], ml[1:]",
    "ml = nn.ModuleList([nn.Identity()])\nml += [nn.Flatten()]\nml.insert(1, nn.Dropout())\nresult = ml",
    "ml = nn.ModuleList([nn.Identity(), nn.Flatten(), nn.Dropout()])\ndel ml[0]\nresult = ml.pop(-1), ml, ml + [nn.Identity()]",
    "ml = nn.ModuleList([nn.Identity(), nn.Flatten()])\nml[0] = nn.Linear(1, 1)\nresult = ml, [name for name, _ in ml.named_parameters()]",
    "md = nn.ModuleDict({'b': nn.Identity(), 'a': nn.Flatten()})\nmd['c'] = nn.Dropout()\nresult = md, list(md), md.keys(), list(md.values()), len(md)",
    "md = nn.ModuleDict({'b': nn.Identity(), 'a': nn.Flatten()})\ndel md['b']\nresult = md, md.pop('a'), md, 'a' in md",
    "md = nn.ModuleDict({'b': nn.Identity()})\nmd.update(nn.ModuleDict({'z': nn.Flatten()}))\nmd.update({'b': nn.Dropout()})\nresult = md, list(md.items())",
    "md = nn.ModuleDict({'b': nn.Identity()})\nmd.clear()\nresult = md, len(md)",
    "pl = nn.ParameterList([torch.ones(2)])\npl.append(torch.zeros(1)).extend([torch.ones(3)])\nresult = pl, len(pl), pl[-1], pl[:2], list(pl.state_dict())",
    "pl = nn.ParameterList([torch.ones(2)])\npl += [torch.ones(1)]\npl[0] = torch.zeros(2)\nresult = list(pl), [p.requires_grad for p in pl.parameters()]",
    "pd = nn.ParameterDict({'b': torch.ones(2), 'a': torch.zeros(1)})\npd['c'] = torch.ones(3)\nresult = pd, list(pd), pd['b'], list(pd.keys()), list(pd.state_dict()), len(pd)",
    "pd = nn.ParameterDict({'b': torch.ones(2), 'a': torch.zeros(1)})\ndel pd['b']\nresult = pd.pop('a'), len(pd), pd.get('a'), pd.setdefault('q', torch.ones(1)), pd",
    "pd = nn.ParameterDict({'b': torch.ones(2)}) | {'c': torch.zeros(1)}\nresult = pd, pd.popitem(), list(pd.items()), list(reversed(pd)), pd.copy(), 'b' in pd",
    "pd = nn.ParameterDict([('z', torch.ones(2)), ('a', 3)])\npd.update({'b': torch.zeros(1)})\nresult = list(pd.values()), pd.fromkeys(['k'], 1)",
]

ATTRIBUTES = [
    "net.fc3 = nn.Linear(1, 1)\nresult = net",
    "net.fc1 = None\nresult = net, list(net.state_dict())",
    "net.scale = None\nresult = net.scale, [name for name, _ in net.named_parameters()]",
    "net.scale = nn.Parameter(torch.ones(2))\nresult = [name for name, _ in net.named_parameters()]",
    "del net.scale\nresult = [name for name, _ in net.named_parameters()], hasattr(net, 'scale')",
    "del net.fc1, net.mean\nresult = net, list(net.state_dict())",
    "net.mean = torch.zeros(3)\nresult = list(net.named_buffers())",
    "net.mean = None\nresult = list(net.state_dict())",
    "net.temporary = torch.zeros(3)\nresult = list(net.state_dict()), net.temporary",
    "net.mean = nn.Parameter(torch.zeros(3))\nresult = list(net.state_dict()), list(net.named_buffers())",
    "net.fc1 = nn.Parameter(torch.zeros(3))\nresult = net, list(net.state_dict())",
    "net.kept = nn.Buffer(torch.zeros(1))\nnet.lost = nn.Buffer(torch.zeros(1), persistent=False)\nresult = list(net.state_dict()), [name for name, _ in net.named_buffers()]",
    "net.plain = torch.zeros(3)\nresult = list(net.state_dict())",
    "net.plain = 3\nnet.plain = nn.Linear(1, 1)\nresult = net",
    "net._modules['fc9'] = nn.Linear(1, 1)\nresult = net, net.fc9",
    "net._parameters['w'] = nn.Parameter(torch.ones(2))\nresult = net.w, [name for name, _ in net.named_parameters()]",
    "net._buffers['mean'] = torch.ones(1)\nresult = net.mean",
    "del net._modules['fc1']\nresult = net, hasattr(net, 'fc1')",
    "net.set_submodule('fc1', nn.Sequential(nn.Linear(3, 4)))\nresult = net",
    "net.register_module('fc9', nn.Linear(1, 1))\nresult = net.fc9",
    "net.register_parameter('w', nn.Parameter(torch.ones(2)))\nresult = net.w, list(net.state_dict())",
    "net.register_parameter('w', None)\nresult = net.w, list(net.state_dict())",
    "import copy\nother = copy.deepcopy(net)\nother.scale.data.fill_(9.0)\nresult = other.scale, net.scale, other.mean, type(other.scale).__name__",
    "import copy\nnet.head = net.fc2\nother = copy.deepcopy(net)\nresult = other.head is other.fc2, other.head is net.fc2, other.fc2.weight",
    "import pickle\nlayer = pickle.loads(pickle.dumps(net.fc1))\nresult = layer, layer.weight, layer.bias",
    "import copy\nresult = copy.copy(net.fc1).weight is net.fc1.weight, copy.copy(net)",
    "net(torch.ones(2, 3)).sum().backward()\nresult = [p.grad for p in net.parameters()]",
    "net(torch.ones(2, 3)).sum().backward()\nnet.zero_grad()\nresult = [p.grad for p in net.parameters()]",
    "net(torch.ones(2, 3)).sum().backward()\nnet.zero_grad(set_to_none=False)\nresult = [p.grad for p in net.parameters()]",
    "net(torch.ones(2, 3)).sum().backward()\nnet.double()\nresult = [p.grad for p in net.parameters()]",
    "before = net.fc1.weight\nnet.double()\nresult = net.fc1.weight is before",
    "state = net.state_dict()\nwith torch.no_grad():\n    net.fc1.bias.fill_(7.0)\nresult = state['fc1.bias']",
    "state = {name: value + 1 for name, value in net.state_dict().items()}\nresult = net.load_state_dict(state), net.scale, net.fc2.weight",
    "state = {name: torch.ones_like(value) for name, value in net.state_dict().items()}\nresult = net.load_state_dict(state, assign=True), net.scale, net.mean is state['mean']",
    "def fill(m):\n    if type(m) is nn.Linear:\n        m.weight.data.fill_(0.5)\nresult = net.apply(fill), net.fc1.weight",
    "names = []\nnet.apply(lambda m: names.append(type(m).__name__))\nresult = names",
    "with torch.no_grad():\n    net.fc1.weight *= 2\nresult = net.fc1.weight",
    "w = net.fc1.weight\nresult = type(w * 2).__name__, type(w.data).__name__, type(w.detach()).__name__, isinstance(w, torch.Tensor), (w * 2).requires_grad",
    "with torch.no_grad():\n    p = nn.Parameter(torch.ones(2))\nresult = p.requires_grad, p.is_leaf, p.grad",
    "t = torch.ones(2)\np = nn.Parameter(t)\nt[0] = 5\nresult = p",
    "p = nn.Parameter(torch.ones(2, requires_grad=True) * 2)\nresult = p, p.is_leaf",
]

HOOKS = [
    "net[0].register_forward_hook(lambda m, i, o: log.append((type(m).__name__, len(i), o.shape)))\nnet(x)\nresult = log",
    "net.register_forward_pre_hook(lambda m, i: log.append(('pre', i[0].shape)))\nnet.register_forward_hook(lambda m, i, o: log.append('post'))\nnet[1].register_forward_hook(lambda m, i, o: log.append('inner'))\nnet(x)\nresult = log",
    "net.register_forward_pre_hook(lambda m, i: i[0] * 0)\nresult = net(x), net[0].bias",
    "net.register_forward_pre_hook(lambda m, i: (i[0] * 0,))\nresult = net(x)",
    "net.register_forward_hook(lambda m, i, o: o * 0 + 3)\nresult = net(x)",
    "for word in 'abc':\n    net.register_forward_hook(lambda m, i, o, word=word: log.append(word), prepend=word == 'c')\nnet(x)\nresult = log",
    "for word in 'abc':\n    net.register_forward_pre_hook(lambda m, i, word=word: log.append(word), prepend=True)\nnet(x)\nresult = log",
    "handle = net.register_forward_hook(lambda m, i, o: log.append(1))\nnet(x)\nhandle.remove()\nhandle.remove()\nnet(x)\nresult = log",
    "with net.register_forward_hook(lambda m, i, o: log.append(1)):\n    net(x)\nnet(x)\nresult = log",
    "class Scaled(nn.Module):\n    def forward(self, x, scale=1):\n        return x * scale\nm = Scaled()\nm.register_forward_pre_hook(lambda m, a, k: (a, {'scale': k['scale'] + 1}), with_kwargs=True)\nm.register_forward_hook(lambda m, a, k, o: log.append((len(a), k)), with_kwargs=True)\nm.register_forward_hook(lambda m, a, o: log.append(len(a)))\nresult = m(x, scale=3), log",
    "class Bad(nn.Module):\n    def forward(self, x):\n        raise ValueError('no')\nm = Bad()\nm.register_forward_hook(lambda m, a, o: log.append(('always', o)), always_call=True)\nm.register_forward_hook(lambda m, a, o: log.append('never'))\ntry:\n    m(x)\nexcept ValueError as error:\n    log.append(str(error))\nresult = log",
    "net.register_full_backward_hook(lambda m, gi, go: log.extend([gi, go]))\nx.requires_grad_()\nnet(x).sum().backward()\nresult = log, x.grad",
    "net[0].register_full_backward_hook(lambda m, gi, go: log.append('0'))\nnet[1].register_full_backward_hook(lambda m, gi, go: log.append('1'))\nnet.register_full_backward_pre_hook(lambda m, go: log.append('pre'))\nnet.register_full_backward_hook(lambda m, gi, go: log.append('all'))\nx.requires_grad_()\nnet(x).sum().backward()\nresult = log",
    "net.register_full_backward_hook(lambda m, gi, go: (gi[0] * 0 + 2,))\nx.requires_grad_()\nnet(x).sum().backward()\nresult = x.grad, net[0].weight.grad",
    "net.register_full_backward_pre_hook(lambda m, go: (go[0] * 3,))\nx.requires_grad_()\nnet(x).sum().backward()\nresult = x.grad, net[0].bias.grad",
    "class Two(nn.Module):\n    def forward(self, a, word, b):\n        return a * b, a + b\nm = Two()\nm.register_full_backward_hook(lambda m, gi, go: log.append((gi, go)))\na = torch.ones(2, requires_grad=True)\nb = torch.full((2,), 3.0, requires_grad=True)\np, q = m(a, 'word', b)\n(p.sum() + 2 * q.sum()).backward()\nresult = log, a.grad, b.grad",
    "x.requires_grad_()\nhandle = net.register_full_backward_hook(lambda m, gi, go: log.append(1))\nhandle.remove()\nresult = net(x)",
    "net[0].register_full_backward_hook(lambda m, gi, go: log.append((gi, go)))\nnet(x).sum().backward()\nresult = log",
    "class Two(nn.Module):\n    def forward(self, a, b):\n        return a * b, a + b\nm = Two()\nm.register_full_backward_hook(lambda m, gi, go: log.append((gi, go)))\nm.register_full_backward_pre_hook(lambda m, go: log.append(go))\na = torch.ones(2, requires_grad=True)\np, q = m(a, torch.ones(2))\np.sum().backward()\nresult = log, a.grad",
    "class Words(nn.Module):\n    def forward(self, a):\n        return {'twice': a * 2}\nm = Words()\nm.register_full_backward_hook(lambda m, gi, go: None)\nresult = m(torch.ones(2, requires_grad=True))",
    "net.register_full_backward_hook(lambda m, gi, go: log.append(gi[0]))\nx.requires_grad_()\n(g,) = torch.autograd.grad((net(x) ** 2).sum(), x, create_graph=True)\n(h,) = torch.autograd.grad(g.sum(), x)\nresult = g.detach(), h, len(log)",
    "net.register_full_backward_hook(lambda m, gi, go: None)\nx.requires_grad_()\nresult = net(x)",
    "net.register_full_backward_hook(lambda m, gi, go: log.append((gi, go)))\nwith torch.no_grad():\n    net(x)\nresult = log",
    "net.register_state_dict_pre_hook(lambda m, prefix, keep: log.append((prefix, keep)))\nnet.register_state_dict_post_hook(lambda m, state, prefix, meta: state.__delitem__('0.bias'))\nresult = list(net.state_dict()), log",
    "net.register_load_state_dict_post_hook(lambda m, keys: keys.missing_keys.clear())\nresult = net.load_state_dict({})",
    "def rename(m, state, prefix, meta, strict, missing, unexpected, errors):\n    state['0.weight'] = state.pop('w')\nnet.register_load_state_dict_pre_hook(rename)\nresult = net.load_state_dict({'w': torch.ones(2, 3), '0.bias': torch.zeros(2)}), net[0].weight",
]
HOOK_ERRORS = [
    "net.register_forward_pre_hook(lambda m, a, k: 3, with_kwargs=True)\nnet(x)",
    "net.register_full_backward_hook(lambda m, gi, go: gi + gi)\nnet(x.requires_grad_()).sum().backward()",
    "net.register_full_backward_pre_hook(lambda m, go: go + go)\nnet(x.requires_grad_()).sum().backward()",
    "net.register_state_dict_post_hook(lambda m, s, p, d: s)\nnet.state_dict()",
]

UTILS = [
    "norm = nn.utils.clip_grad_norm_(net.parameters(), 0.5)\nresult = norm, [p.grad for p in net.parameters()]",
    "norm = nn.utils.clip_grad_norm_(net.parameters(), 1e6)\nresult = norm, [p.grad for p in net.parameters()]",
    "norm = nn.utils.clip_grad_norm_(net.parameters(), 0.5, norm_type=1)\nresult = norm, net.scale.grad",
    "norm = nn.utils.clip_grad_norm_(net.parameters(), 0.5, norm_type=3.0)\nresult = norm, net.scale.grad",
    "norm = nn.utils.clip_grad_norm_(net.parameters(), 0.5, norm_type=float('inf'))\nresult = norm, net.scale.grad",
    "norm = nn.utils.clip_grad_norm_(net.parameters(), 0.5, norm_type='inf')\nresult = norm, net.scale.grad",
    "norm = nn.utils.clip_grad_norm_(net.fc1.weight, 0.1)\nresult = norm, net.fc1.weight.grad",
    "nn.utils.clip_grad_value_(net.parameters(), 0.25)\nresult = [p.grad for p in net.parameters()]",
    "net.fc1.weight.grad[0, 0] = float('nan')\nresult = nn.utils.clip_grad_norm_(net.parameters(), 1.0)",
    "result = nn.utils.get_total_norm([torch.ones(3), torch.zeros(2), torch.tensor(2.0)])",
    "result = nn.utils.get_total_norm([torch.ones(3)], norm_type=1), nn.utils.get_total_norm([])",
    "nn.utils.clip_grads_with_norm_(net.parameters(), 1.0, torch.tensor(4.0))\nresult = net.fc2.weight.grad",
    "result = nn.utils.parameters_to_vector(net.parameters())",
    "vec = torch.arange(25.0)\nnn.utils.vector_to_parameters(vec, net.parameters())\nresult = [p.data for p in net.parameters()]",
]

GRADIENTS = [
    *[Case("nn.Linear(3, 4)(x)", x=shape) for shape in [(3,), (2, 3), (2, 2, 3), (0, 3)]],
    Case("nn.Linear(3, 4, bias=False)(x)", x=(2, 3)),
    Case("nn.Linear(3, 4).double()(x)", x=f64(2, 3)),
    Case("nn.Linear(3, 1)(x) ** 2", x=(2, 3)),
    Case("nn.Bilinear(2, 3, 4)(x, y)", x=(5, 2), y=(5, 3)),
    Case("nn.Bilinear(2, 3, 1, bias=False)(x, y)", x=(2, 2, 2), y=(2, 2, 3)),
    Case("nn.Identity()(x)", x=(2, 3)),
    Case("nn.Flatten()(x)", x=(2, 3, 4)),
    Case("nn.Flatten(0)(x)", x=(2, 3)),
    Case("nn.Flatten(1, 2)(x)", x=(2, 3, 2, 2)),
    Case("nn.Unflatten(1, (2, 3))(x)", x=(2, 6)),
    Case("nn.Unflatten(-1, (3, -1))(x)", x=(2, 6)),
    Case("nn.Sequential(nn.Flatten(), nn.Linear(6, 2))(x)", x=(2, 2, 3)),
    Case("nn.Sequential()(x)", x=(2,)),
    Case("nn.Dropout(0.5).eval()(x)", x=(2, 3)),
    Case("nn.Dropout(0.0)(x)", x=(2, 3)),
    Case("nn.Dropout(1.0)(x)", x=(2, 3)),
    Case("nn.AlphaDropout(0.5).eval()(x)", x=(2, 3)),
    Case("nn.Dropout2d(0.0)(x)", x=(2, 3, 2, 2)),
    Case("nn.Dropout1d(0.0)(x)", x=(2, 3)),
    Case("nn.Embedding(6, 3)(i)", i=ints(2, 4, low=0)),
    Case("nn.Embedding(6, 3)(i)", i=ints(low=0)),
    Case("nn.Embedding.from_pretrained(x.detach())(i)", x=(6, 2), i=ints(3, low=0), grad=False),
    *[
        Case(f"layer = {layer}\n(layer({x}) ** 2).sum().backward()\nresult = [p.grad for p in layer.parameters()]", grad=False)
        for layer, x in [
            ("nn.Linear(3, 4)", "torch.arange(6.0).reshape(2, 3)"),
            ("nn.Linear(3, 4)", "torch.arange(1.0, 4.0)"),
            ("nn.Bilinear(3, 2, 2)", "torch.ones(2, 3), torch.arange(4.0).reshape(2, 2)"),
            ("nn.Embedding(5, 2)", "torch.tensor([1, 1, 4])"),
            ("nn.Embedding(5, 2, padding_idx=1)", "torch.tensor([[1, 1, 4]])"),
            ("nn.Embedding.from_pretrained(torch.ones(3, 2), freeze=False)", "torch.tensor([0, 0])"),
        ]
    ],
]  # fmt: skip

CASES = [
    *[Case(code, grad=False) for code in PRINTED],
    *[show(NET, code) for code in ON_NET],
    *[show(NESTED, code) for code in ON_NESTED],
    *[message(NET, code) for code in ERRORS_ON_NET],
    *[
        message(f"class Net(nn.Module):\n    def __init__(self):\n        {line}", "Net()")
        for line in UNINITIALISED
    ],
    *[Case(code, grad=False) for code in NUMBERS],
    *[Case(code, grad=False, warns=True) for code in WARNINGS],
    *[Case(code, grad=False) for code in CONTAINERS],
    *[Case(f"{NET.strip()}\n{code}", grad=False) for code in ATTRIBUTES],
    *[
        Case(
            f"{LOG.strip()}\n{code}",
            grad=False,
            warns="{'twice'" in code or ("net(x).sum" in code and "x.requires" not in code),
        )
        for code in HOOKS
    ],
    *[Case(f"{LOG.strip()}\n{code}\nresult = 0", error=True) for code in HOOK_ERRORS],
    *[
        Case(
            f"{NET.strip()}\nnet(torch.tensor([[1.0, 3.0, 1.5], [-1.0, 0.5, 4.0]])).sum().backward()\n{code}",
            grad=False,
        )
        for code in UTILS
    ],
    *GRADIENTS,
]
