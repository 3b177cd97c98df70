"""The next letter of a sentence: a recurrent cell by hand, then nn.RNN, nn.LSTM and nn.GRU."""

import torch
import torch.nn as nn

text = "the cat sat on the mat and the rat sat on the cat "
chars = sorted(set(text))
index = {c: i for i, c in enumerate(chars)}
data = torch.tensor([index[c] for c in text])
print(len(chars), data.shape, data[:8])


class HandmadeRNN(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size + hidden_size, hidden_size)
        self.h2o = nn.Linear(hidden_size, output_size)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, input, hidden):
        combined = torch.cat((input, hidden), 1)
        hidden = torch.tanh(self.i2h(combined))
        return self.softmax(self.h2o(hidden)), hidden

    def initHidden(self):
        return torch.zeros(1, self.hidden_size)


torch.manual_seed(0)
rnn = HandmadeRNN(len(chars), 16, len(chars))
print(rnn)
criterion = nn.NLLLoss()
for epoch in range(15):
    hidden = rnn.initHidden()
    rnn.zero_grad()
    loss = torch.tensor(0.0)
    for t in range(len(data) - 1):
        letter = torch.zeros(1, len(chars))
        letter[0][data[t]] = 1
        output, hidden = rnn(letter, hidden)
        loss = loss + criterion(output, data[t + 1 : t + 2])
    loss.backward()
    for p in rnn.parameters():
        p.data.add_(p.grad.data, alpha=-0.01)
    if epoch % 5 == 4:
        print(epoch, f"{loss.item() / (len(data) - 1):.4f}")


class CharModel(nn.Module):
    def __init__(self, kind, layers=1):
        super().__init__()
        self.embed = nn.Embedding(len(chars), 8)
        self.rnn = getattr(nn, kind)(8, 16, num_layers=layers, batch_first=True)
        self.out = nn.Linear(16, len(chars))

    def forward(self, x, state=None):
        y, state = self.rnn(self.embed(x), state)
        return self.out(y), state


def generate(model, start, n):
    """Write on, always with the likeliest letter."""
    model.eval()
    written, state = start, None
    x = torch.tensor([[index[c] for c in start]])
    with torch.no_grad():
        for _ in range(n):
            logits, state = model(x, state)
            x = logits[:, -1:].argmax(-1)
            written += chars[x.item()]
    return written


for kind, layers in (("RNN", 1), ("LSTM", 2), ("GRU", 1)):
    torch.manual_seed(1)
    model = CharModel(kind, layers)
    print(model)
    print({name: tuple(p.shape) for name, p in model.rnn.named_parameters()})
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    loss_fn = nn.CrossEntropyLoss()
    x, y = data[:-1].unsqueeze(0), data[1:].unsqueeze(0)
    for step in range(60):
        logits, state = model(x)
        loss = loss_fn(logits.view(-1, len(chars)), y.view(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 20 == 0:
            print(step, f"{loss.item():.4f}")
    print(f"{loss.item():.2f}", logits.shape)
    print(repr(generate(model, "the", 30)))
