"""Names, letter by letter: counts of pairs, then the same model as one linear layer."""

import torch
import torch.nn.functional as F

names = """anna ben clara david emma felix greta hanna ida jonas karl lena maria nina otto paula
quentin rosa samuel tom ute vera wanda xaver yara zoe alma bruno carl dora erik frieda georg
helena ines jakob klara leo mila noah olga peter ruth simon thea udo viktor willi""".split()

letters = sorted(set("".join(names)))
stoi = {s: i + 1 for i, s in enumerate(letters)}
stoi["."] = 0
itos = {i: s for s, i in stoi.items()}
V = len(stoi)
print(len(names), V, min(len(w) for w in names), max(len(w) for w in names))

# counts
N = torch.zeros((V, V), dtype=torch.int32)
for w in names:
    chs = ["."] + list(w) + ["."]
    for ch1, ch2 in zip(chs, chs[1:]):
        N[stoi[ch1], stoi[ch2]] += 1
print(N[:5, :8])
print(N.sum(), N.max(), N.argmax().item())

p = N[0].float()
p = p / p.sum()
print(p)
g = torch.Generator().manual_seed(2147483647)
ix = torch.multinomial(p, num_samples=10, replacement=True, generator=g)
print([itos[i] for i in ix.tolist()])

P = (N + 1).float()
P /= P.sum(1, keepdim=True)
print(P.shape, f"{P[0].sum().item():.4f}")


def sample(P, seed, how_many=6):
    g = torch.Generator().manual_seed(seed)
    for _ in range(how_many):
        out, i = [], 0
        while len(out) < 20:
            i = torch.multinomial(P[i], num_samples=1, replacement=True, generator=g).item()
            if i == 0:
                break
            out.append(itos[i])
        print("".join(out) or "(nothing)")


sample(P, 7)

log_likelihood = 0.0
n = 0
for w in names:
    chs = ["."] + list(w) + ["."]
    for ch1, ch2 in zip(chs, chs[1:]):
        log_likelihood += torch.log(P[stoi[ch1], stoi[ch2]])
        n += 1
print(f"{log_likelihood.item():.3f} {n} {-log_likelihood.item() / n:.4f}")

# the same as a network
xs, ys = [], []
for w in names:
    chs = ["."] + list(w) + ["."]
    for ch1, ch2 in zip(chs, chs[1:]):
        xs.append(stoi[ch1])
        ys.append(stoi[ch2])
xs = torch.tensor(xs)
ys = torch.tensor(ys)
num = xs.nelement()
print("number of examples:", num)

g = torch.Generator().manual_seed(2147483647)
W = torch.randn((V, V), generator=g, requires_grad=True)
print(W[0, :5])
for k in range(60):
    xenc = F.one_hot(xs, num_classes=V).float()
    logits = xenc @ W
    counts = logits.exp()
    probs = counts / counts.sum(1, keepdims=True)
    loss = -probs[torch.arange(num), ys].log().mean() + 0.01 * (W**2).mean()
    if k % 10 == 0:
        print(k, f"{loss.item():.4f}")
    W.grad = None
    loss.backward()
    W.data += -40 * W.grad
print(f"{loss.item():.4f}", f"{F.cross_entropy(W[xs], ys).item():.4f}")
with torch.no_grad():
    sample(F.softmax(W, dim=1), 11)
