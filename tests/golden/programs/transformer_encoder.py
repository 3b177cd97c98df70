"""PyTorch's own transformer encoder learns to turn sequences round."""

import math

import torch
from torch import Tensor, nn

torch.manual_seed(3)


class PositionalEncoding(nn.Module):
    def __init__(self, d_model: int, dropout: float = 0.1, max_len: int = 50):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(max_len, 1, d_model)
        pe[:, 0, 0::2] = torch.sin(position * div_term)
        pe[:, 0, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.pe[: x.size(0)]
        return self.dropout(x)


class TransformerModel(nn.Module):
    def __init__(self, ntoken, d_model, nhead, d_hid, nlayers, dropout=0.1):
        super().__init__()
        self.pos_encoder = PositionalEncoding(d_model, dropout)
        encoder_layers = nn.TransformerEncoderLayer(d_model, nhead, d_hid, dropout)
        self.transformer_encoder = nn.TransformerEncoder(
            encoder_layers, nlayers, enable_nested_tensor=False
        )
        self.embedding = nn.Embedding(ntoken, d_model)
        self.d_model = d_model
        self.linear = nn.Linear(d_model, ntoken)
        self.init_weights()

    def init_weights(self) -> None:
        initrange = 0.1
        self.embedding.weight.data.uniform_(-initrange, initrange)
        self.linear.bias.data.zero_()
        self.linear.weight.data.uniform_(-initrange, initrange)

    def forward(self, src: Tensor) -> Tensor:
        src = self.embedding(src) * math.sqrt(self.d_model)
        return self.linear(self.transformer_encoder(self.pos_encoder(src)))


ntokens, length = 8, 6
model = TransformerModel(ntokens, d_model=16, nhead=2, d_hid=32, nlayers=1, dropout=0.05)
print(model)
print(model.pos_encoder.pe[:2, 0, :4], sum(p.numel() for p in model.parameters()))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.98)
model.train()
total_loss = 0.0
for step in range(1, 61):
    src = torch.randint(0, ntokens, (length, 16))
    output = model(src)
    loss = criterion(output.view(-1, ntokens), src.flip(0).reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    optimizer.step()
    scheduler.step()
    total_loss += loss.item()
    if step % 15 == 0:
        lr = scheduler.get_last_lr()[0]
        print(
            f"step {step} lr {lr:.4f} loss {total_loss / 15:.3f} ppl {math.exp(total_loss / 15):.2f}"
        )
        total_loss = 0.0

model.eval()
attention = nn.MultiheadAttention(16, 4, batch_first=True)
x = torch.randn(2, 5, 16)
mask = nn.Transformer.generate_square_subsequent_mask(5)
out, weights = attention(x, x, x, attn_mask=mask)
print(mask)
print(out.shape, weights.shape, weights[0, :2])
with torch.no_grad():
    attended = nn.functional.scaled_dot_product_attention(x, x, x, is_causal=True)
print(attended.shape, torch.allclose(attended[:, 0], x[:, 0]))
