"""A variational autoencoder on bars: pictures of 5 by 5 with one bright row or column."""

import torch
from torch import nn, optim
from torch.nn import functional as F
from torch.utils.data import DataLoader

torch.manual_seed(1)
bars = torch.zeros(10, 5, 5)
for i in range(5):
    bars[i, i] = 1
    bars[5 + i, :, i] = 1
data = [(bars[i % 10], i % 10) for i in range(80)]
train_loader = DataLoader(data, batch_size=16, shuffle=True)


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(25, 20)
        self.fc21 = nn.Linear(20, 3)
        self.fc22 = nn.Linear(20, 3)
        self.fc3 = nn.Linear(3, 20)
        self.fc4 = nn.Linear(20, 25)
        self.dropout = nn.Dropout(0.1)

    def encode(self, x):
        h1 = self.dropout(F.relu(self.fc1(x)))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))

    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, 25))
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


def loss_function(recon_x, x, mu, logvar):
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 25), reduction="sum")
    KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return BCE + 0.3 * KLD


model = VAE()
print(model)
optimizer = optim.Adam(model.parameters(), lr=3e-2)
for epoch in range(1, 13):
    model.train()
    train_loss = 0
    for data, _ in train_loader:
        optimizer.zero_grad()
        recon_batch, mu, logvar = model(data)
        loss = loss_function(recon_batch, data, mu, logvar)
        loss.backward()
        train_loss += loss.item()
        optimizer.step()
    if epoch % 3 == 0:
        print(f"====> Epoch: {epoch} Average loss: {train_loss / len(train_loader.dataset):.3f}")
model.eval()
with torch.no_grad():
    recon, mu, logvar = model(bars)
    print(f"{F.mse_loss(recon, bars.view(10, 25)).item():.3f}", mu.shape)
    sample = model.decode(torch.randn(4, 3))
    print(sample.shape, sample.min() >= 0, sample.max() <= 1)
