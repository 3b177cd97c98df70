"""LSTM cells that continue sine waves, trained in float64 with L-BFGS."""

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim

rng = np.arange(4) * 3
length = 30
waves = np.sin((np.arange(length) + rng.reshape(4, 1)) / 4.0).astype("float64")
data = torch.from_numpy(waves)
input, target = data[1:, :-1], data[1:, 1:]
test_input, test_target = data[:1, :-1], data[:1, 1:]
print(input.shape, input.dtype, test_input[0, :4])


class Sequence(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm1 = nn.LSTMCell(1, 10)
        self.lstm2 = nn.LSTMCell(10, 10)
        self.linear = nn.Linear(10, 1)

    def forward(self, input, future=0):
        outputs = []
        h_t = torch.zeros(input.size(0), 10, dtype=torch.double)
        c_t = torch.zeros(input.size(0), 10, dtype=torch.double)
        h_t2 = torch.zeros(input.size(0), 10, dtype=torch.double)
        c_t2 = torch.zeros(input.size(0), 10, dtype=torch.double)
        for input_t in input.split(1, dim=1):
            h_t, c_t = self.lstm1(input_t, (h_t, c_t))
            h_t2, c_t2 = self.lstm2(h_t, (h_t2, c_t2))
            output = self.linear(h_t2)
            outputs += [output]
        for _ in range(future):
            h_t, c_t = self.lstm1(output, (h_t, c_t))
            h_t2, c_t2 = self.lstm2(h_t, (h_t2, c_t2))
            output = self.linear(h_t2)
            outputs += [output]
        return torch.cat(outputs, dim=1)


torch.manual_seed(0)
seq = Sequence()
seq.double()
print(seq)
criterion = nn.MSELoss()
optimizer = optim.LBFGS(seq.parameters(), lr=0.8, max_iter=8)
for step in range(3):
    calls = 0

    def closure():
        global calls
        calls += 1
        optimizer.zero_grad()
        loss = criterion(seq(input), target)
        loss.backward()
        return loss

    first = optimizer.step(closure)
    with torch.no_grad():
        pred = seq(test_input, future=10)
        loss = criterion(pred[:, :-10], test_target)
    print(f"STEP {step}: {first.item():.5f} after {calls} calls; test loss {loss.item():.4f}")
print(pred.shape, pred.dtype)

# the banana-shaped valley, with and without a line search
for options in ({"lr": 0.1, "max_iter": 15}, {"line_search_fn": "strong_wolfe", "max_iter": 15}):
    p = torch.tensor([-1.5, 2.0], dtype=torch.float64, requires_grad=True)
    valley = torch.optim.LBFGS([p], **options)

    def closure():
        valley.zero_grad()
        loss = (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2
        loss.backward()
        return loss

    for step in range(3):
        loss = valley.step(closure)
        print(f"{loss.item():.4f}", [f"{v:.4f}" for v in p.tolist()])
