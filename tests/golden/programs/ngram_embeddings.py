"""Word embeddings: a lookup, an n-gram language model, and a bag of words."""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

torch.manual_seed(1)

word_to_ix = {"hello": 0, "world": 1}
embeds = nn.Embedding(2, 5)
lookup_tensor = torch.tensor([word_to_ix["hello"]], dtype=torch.long)
print(embeds, embeds(lookup_tensor))

CONTEXT_SIZE = 2
EMBEDDING_DIM = 10
text = """A gradient is a slope that tells where to go , and how steep the way will be .
Down the hill the numbers run , and every step is small , for who would leap
from valley down to valley would miss the one that he was looking for .
So take the slope , and take a little step , and look again , and step again .""".split()

ngrams = [
    ([text[i - j - 1] for j in range(CONTEXT_SIZE)], text[i])
    for i in range(CONTEXT_SIZE, len(text))
]
print(ngrams[:3])
vocab = sorted(set(text))
word_to_ix = {word: i for i, word in enumerate(vocab)}


class NGramLanguageModeler(nn.Module):
    def __init__(self, vocab_size, embedding_dim, context_size):
        super().__init__()
        self.embeddings = nn.Embedding(vocab_size, embedding_dim)
        self.linear1 = nn.Linear(context_size * embedding_dim, 32)
        self.linear2 = nn.Linear(32, vocab_size)

    def forward(self, inputs):
        embeds = self.embeddings(inputs).view((1, -1))
        out = F.relu(self.linear1(embeds))
        return F.log_softmax(self.linear2(out), dim=1)


losses = []
loss_function = nn.NLLLoss()
model = NGramLanguageModeler(len(vocab), EMBEDDING_DIM, CONTEXT_SIZE)
print(model)
optimizer = optim.SGD(model.parameters(), lr=0.01)
for epoch in range(6):
    total_loss = 0
    for context, target in ngrams:
        context_idxs = torch.tensor([word_to_ix[w] for w in context], dtype=torch.long)
        model.zero_grad()
        log_probs = model(context_idxs)
        loss = loss_function(log_probs, torch.tensor([word_to_ix[target]], dtype=torch.long))
        loss.backward()
        optimizer.step()
        total_loss += loss.item()
    losses.append(total_loss)
print([f"{loss:.2f}" for loss in losses])
print(model.embeddings.weight[word_to_ix["slope"]])


class CBOW(nn.Module):
    def __init__(self, vocab_size, embedding_dim):
        super().__init__()
        self.embeddings = nn.Embedding(vocab_size, embedding_dim, padding_idx=0)
        self.linear = nn.Linear(embedding_dim, vocab_size)

    def forward(self, inputs):
        return self.linear(self.embeddings(inputs).sum(dim=1))


around = [(text[i - 2 : i] + text[i + 1 : i + 3], text[i]) for i in range(2, len(text) - 2)]
contexts = torch.tensor([[word_to_ix[w] for w in words] for words, _ in around])
targets = torch.tensor([word_to_ix[word] for _, word in around])
cbow = CBOW(len(vocab), EMBEDDING_DIM)
print(cbow, contexts.shape)
optimizer = optim.Adagrad(cbow.parameters(), lr=0.1)
for epoch in range(30):
    optimizer.zero_grad()
    loss = F.cross_entropy(cbow(contexts), targets)
    loss.backward()
    optimizer.step()
    if epoch % 10 == 0:
        print(epoch, f"{loss.item():.4f}")
print(cbow.embeddings.weight.grad[0].abs().sum(), cbow.embeddings.weight[0])
a, b = (cbow.embeddings.weight[word_to_ix[w]] for w in ("step", "slope"))
print(f"{F.cosine_similarity(a, b, dim=0).item():.3f}")
print((cbow(contexts).argmax(1) == targets).sum())
