"""Three spiral arms: softmax regression, then a network with a train and validation loop."""

import copy
import io
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, random_split


class Spiral(Dataset):
    def __init__(self, per_class=50, classes=3):
        r = torch.linspace(0.1, 1, per_class)
        parts = []
        for c in range(classes):
            t = torch.linspace(c * 4, (c + 1) * 4, per_class) + torch.randn(per_class) * 0.15
            parts.append(torch.stack([r * torch.sin(t), r * torch.cos(t)], dim=1))
        self.points = torch.cat(parts)
        self.labels = torch.arange(classes).repeat_interleave(per_class)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.points[i], self.labels[i]


torch.manual_seed(11)
dataset = Spiral()
print(len(dataset), dataset[0], dataset[149][1])
train, val = random_split(dataset, [120, 30])
print(len(train), len(val), train.indices[:6])
train_loader = DataLoader(train, batch_size=30, shuffle=True)
val_loader = DataLoader(val, batch_size=30)

# softmax regression without nn
W = torch.zeros(2, 3, requires_grad=True)
b = torch.zeros(3, requires_grad=True)
for step in range(40):
    logits = dataset.points @ W + b
    loss = (torch.logsumexp(logits, dim=1) - logits.gather(1, dataset.labels[:, None])[:, 0]).mean()
    loss.backward()
    with torch.no_grad():
        for p in (W, b):
            p -= 1.0 * p.grad
            p.grad.zero_()
    if step % 10 == 0:
        print(step, f"{loss.item():.4f}")
print("accuracy", ((dataset.points @ W + b).argmax(dim=1) == dataset.labels).float().mean())

# a network
model = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 3))
nn.init.xavier_uniform_(model[0].weight, gain=nn.init.calculate_gain("tanh"))
nn.init.zeros_(model[-1].bias)
print(model)
loss_fn = nn.CrossEntropyLoss(label_smoothing=0.05)
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.5)


def run_epoch(loader, training):
    model.train(training)
    total, right, count = 0.0, 0, 0
    with torch.set_grad_enabled(training):
        for x, y in loader:
            logits = model(x)
            loss = loss_fn(logits, y)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item() * len(y)
            right += (logits.argmax(1) == y).sum().item()
            count += len(y)
    return total / count, right / count


best, best_state = math.inf, None
for epoch in range(20):
    train_loss, train_acc = run_epoch(train_loader, True)
    val_loss, val_acc = run_epoch(val_loader, False)
    scheduler.step()
    if val_loss < best:
        best, best_state = val_loss, copy.deepcopy(model.state_dict())
    if epoch % 4 == 3:
        lr = scheduler.get_last_lr()[0]
        print(f"epoch {epoch} lr {lr:.4f} train {train_loss:.3f} val {val_loss:.3f} {val_acc:.2f}")

buffer = io.BytesIO()
torch.save({"model": best_state, "epoch": epoch, "best": best}, buffer)
buffer.seek(0)
checkpoint = torch.load(buffer)
print(sorted(checkpoint), checkpoint["epoch"], list(checkpoint["model"]))
again = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 3))
print(again.load_state_dict(checkpoint["model"]))
model.load_state_dict(best_state)
print(torch.equal(again(dataset.points), model(dataset.points)))
