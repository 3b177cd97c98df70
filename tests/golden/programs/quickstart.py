"""A whole workflow: a dataset of our own, a model, training, testing, saving, predicting."""

import io

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Stripes(Dataset):
    """Pictures of 6 by 6 pixels with rows, columns or a diagonal, and noise."""

    classes = ("rows", "columns", "diagonal")

    def __init__(self, n, seed, transform=None):
        g = torch.Generator().manual_seed(seed)
        self.labels = torch.randint(0, 3, (n,), generator=g)
        base = torch.stack([torch.zeros(6, 6), torch.zeros(6, 6), torch.eye(6)])
        base[0, ::2] = 1
        base[1, :, ::2] = 1
        self.pictures = base[self.labels] + 0.4 * torch.randn(n, 6, 6, generator=g)
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, idx):
        picture = self.pictures[idx]
        if self.transform:
            picture = self.transform(picture)
        return picture.unsqueeze(0), int(self.labels[idx])


torch.manual_seed(0)
training_data = Stripes(160, seed=1, transform=lambda p: p.clamp(-1, 2))
test_data = Stripes(64, seed=2)
train_dataloader = DataLoader(training_data, batch_size=32, shuffle=True, drop_last=True)
test_dataloader = DataLoader(test_data, batch_size=64)
for X, y in test_dataloader:
    print(f"Shape of X [N, C, H, W]: {X.shape}")
    print(f"Shape of y: {y.shape} {y.dtype}")
    break
print(next(iter(train_dataloader))[1])


class NeuralNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear_relu_stack = nn.Sequential(
            nn.Linear(6 * 6, 24),
            nn.ReLU(),
            nn.Linear(24, 12),
            nn.ReLU(),
            nn.Linear(12, 3),
        )

    def forward(self, x):
        x = self.flatten(x)
        return self.linear_relu_stack(x)


device = "cpu"
model = NeuralNetwork().to(device)
print(model)
for name, param in model.named_parameters():
    print(f"Layer: {name} | Size: {param.size()} | {param.requires_grad}")
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-1)


def train(dataloader, model, loss_fn, optimizer):
    size = len(dataloader.dataset)
    model.train()
    for batch, (X, y) in enumerate(dataloader):
        X, y = X.to(device), y.to(device)
        pred = model(X)
        loss = loss_fn(pred, y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if batch % 4 == 0:
            print(f"loss: {loss.item():>7f}"[:12], f"[{(batch + 1) * len(X):>5d}/{size:>5d}]")


def test(dataloader, model, loss_fn):
    size, num_batches = len(dataloader.dataset), len(dataloader)
    model.eval()
    test_loss, correct = 0, 0
    with torch.no_grad():
        for X, y in dataloader:
            pred = model(X)
            test_loss += loss_fn(pred, y).item()
            correct += (pred.argmax(1) == y).type(torch.float).sum().item()
    print(f"Accuracy: {(100 * correct / size):>0.1f}%, Avg loss: {test_loss / num_batches:.4f}")


for t in range(4):
    print(f"Epoch {t + 1}\n-------------------------------")
    train(train_dataloader, model, loss_fn, optimizer)
    test(test_dataloader, model, loss_fn)

file = io.BytesIO()
torch.save(model.state_dict(), file)
file.seek(0)
model = NeuralNetwork()
print(model.load_state_dict(torch.load(file, weights_only=True)))
model.eval()
x, y = test_data[0]
with torch.no_grad():
    pred = model(x)
    predicted, actual = test_data.classes[pred[0].argmax(0)], test_data.classes[y]
    print(f'Predicted: "{predicted}", Actual: "{actual}"')
print(nn.Softmax(dim=1)(pred).sum())
