"""A small convolutional network that reads noisy digits of 8 by 8 pixels."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

GLYPHS = {
    0: ["..##..", ".#..#.", "#....#", "#....#", ".#..#.", "..##.."],
    1: ["..#...", ".##...", "..#...", "..#...", "..#...", ".###.."],
    2: [".###..", "#...#.", "...#..", "..#...", ".#....", "#####."],
    3: ["####..", "....#.", ".###..", "....#.", "....#.", "####.."],
    4: ["#..#..", "#..#..", "#####.", "...#..", "...#..", "...#.."],
    5: ["#####.", "#.....", "####..", "....#.", "....#.", "####.."],
}


def make_digits(n):
    """Return noisy pictures (n, 1, 8, 8), shifted by 0 to 2 pixels, and their labels."""
    labels = torch.randint(0, len(GLYPHS), (n,))
    pictures = torch.randn(n, 1, 8, 8) * 0.2
    for i, label in enumerate(labels.tolist()):
        glyph = torch.tensor([[float(c == "#") for c in row] for row in GLYPHS[label]])
        down, right = torch.randint(0, 3, (2,)).tolist()
        pictures[i, 0, down : down + 6, right : right + 6] += glyph
    return pictures, labels


torch.manual_seed(5)
X, y = make_digits(240)
print(X.shape, X.dtype, y[:10], torch.bincount(y))
train_set = TensorDataset(X[:200], y[:200])
test_set = TensorDataset(X[200:], y[200:])
train_loader = DataLoader(train_set, batch_size=20, shuffle=True)
test_loader = DataLoader(test_set, batch_size=40)
print(len(train_set), len(train_loader), len(test_loader))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 3, padding=1)
        self.bn = nn.BatchNorm2d(6, momentum=0.3)
        self.conv2 = nn.Conv2d(6, 12, kernel_size=3)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(12, 24)
        self.fc2 = nn.Linear(24, 6)

    def forward(self, x):
        x = self.pool(F.relu(self.bn(self.conv1(x))))
        x = self.pool(F.relu(self.conv2(x)))
        x = torch.flatten(x, 1)
        return self.fc2(F.relu(self.fc1(x)))


net = Net()
print(net)
print(sum(p.numel() for p in net.parameters()), [tuple(p.shape) for p in net.parameters()])
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(net.parameters(), lr=0.01)
for epoch in range(8):
    net.train()
    running_loss = 0.0
    for inputs, labels in train_loader:
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    print(f"[{epoch + 1}] loss: {running_loss / len(train_loader):.3f}")

net.eval()
correct = total = 0
with torch.no_grad():
    for images, labels in test_loader:
        outputs = net(images)
        _, predicted = torch.max(outputs, 1)
        total += labels.size(0)
        correct += (predicted == labels).sum().item()
print(f"Accuracy: {100 * correct // total} %")
print(net.bn.num_batches_tracked, net.bn.running_mean.shape)
