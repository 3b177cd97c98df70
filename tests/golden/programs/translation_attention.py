"""Numbers in words to digits: a GRU encoder, and a decoder that attends to its outputs."""

import random

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import optim
from torch.utils.data import DataLoader, RandomSampler, TensorDataset

SOS_token, EOS_token = 0, 1
ones = "zero one two three four five six seven eight nine".split()
tens = {2: "twenty", 3: "thirty", 4: "forty", 5: "fifty"}


class Lang:
    def __init__(self, name):
        self.name = name
        self.word2index = {}
        self.index2word = {0: "SOS", 1: "EOS"}
        self.n_words = 2

    def addSentence(self, sentence):
        for word in sentence.split(" "):
            if word not in self.word2index:
                self.word2index[word] = self.n_words
                self.index2word[self.n_words] = word
                self.n_words += 1


pairs = [(f"{word} {ones[o]}", f"{t} {o}") for t, word in tens.items() for o in range(1, 10)]
input_lang, output_lang = Lang("words"), Lang("digits")
for source, target in pairs:
    input_lang.addSentence(source)
    output_lang.addSentence(target)
print(input_lang.n_words, output_lang.n_words)
LENGTH, HIDDEN = 3, 16


class EncoderRNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.embedding = nn.Embedding(input_size, hidden_size)
        self.gru = nn.GRU(hidden_size, hidden_size, batch_first=True)

    def forward(self, input):
        return self.gru(self.embedding(input))


class BahdanauAttention(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.Wa = nn.Linear(hidden_size, hidden_size)
        self.Ua = nn.Linear(hidden_size, hidden_size)
        self.Va = nn.Linear(hidden_size, 1)

    def forward(self, query, keys):
        scores = self.Va(torch.tanh(self.Wa(query) + self.Ua(keys)))
        scores = scores.squeeze(2).unsqueeze(1)
        weights = F.softmax(scores, dim=-1)
        return torch.bmm(weights, keys), weights


class AttnDecoderRNN(nn.Module):
    def __init__(self, hidden_size, output_size):
        super().__init__()
        self.embedding = nn.Embedding(output_size, hidden_size)
        self.attention = BahdanauAttention(hidden_size)
        self.gru = nn.GRU(2 * hidden_size, hidden_size, batch_first=True)
        self.out = nn.Linear(hidden_size, output_size)

    def forward(self, encoder_outputs, encoder_hidden, target_tensor=None):
        batch_size = encoder_outputs.size(0)
        decoder_input = torch.empty(batch_size, 1, dtype=torch.long).fill_(SOS_token)
        decoder_hidden = encoder_hidden
        decoder_outputs, attentions = [], []
        for i in range(LENGTH):
            embedded = self.embedding(decoder_input)
            query = decoder_hidden.permute(1, 0, 2)
            context, weights = self.attention(query, encoder_outputs)
            input_gru = torch.cat((embedded, context), dim=2)
            output, decoder_hidden = self.gru(input_gru, decoder_hidden)
            output = self.out(output)
            decoder_outputs.append(output)
            attentions.append(weights)
            if target_tensor is not None:
                decoder_input = target_tensor[:, i].unsqueeze(1)
            else:
                _, topi = output.topk(1)
                decoder_input = topi.squeeze(-1).detach()
        decoder_outputs = F.log_softmax(torch.cat(decoder_outputs, dim=1), dim=-1)
        return decoder_outputs, decoder_hidden, torch.cat(attentions, dim=1)


def tensor_of(lang, sentence):
    return [lang.word2index[word] for word in sentence.split(" ")] + [EOS_token]


inputs = torch.tensor([tensor_of(input_lang, source) for source, _ in pairs])
targets = torch.tensor([tensor_of(output_lang, target) for _, target in pairs])
print(inputs.shape, targets[:2])
torch.manual_seed(0)
random.seed(0)
train_data = TensorDataset(inputs, targets)
dataloader = DataLoader(train_data, sampler=RandomSampler(train_data), batch_size=12)
encoder = EncoderRNN(input_lang.n_words, HIDDEN)
decoder = AttnDecoderRNN(HIDDEN, output_lang.n_words)
print(encoder, decoder, sep="\n")
encoder_optimizer = optim.Adam(encoder.parameters(), lr=0.03)
decoder_optimizer = optim.Adam(decoder.parameters(), lr=0.03)
criterion = nn.NLLLoss()
for epoch in range(1, 13):
    total_loss = 0
    teacher = random.random() < 0.7
    for input_tensor, target_tensor in dataloader:
        encoder_optimizer.zero_grad()
        decoder_optimizer.zero_grad()
        encoder_outputs, encoder_hidden = encoder(input_tensor)
        outputs, _, _ = decoder(encoder_outputs, encoder_hidden, target_tensor if teacher else None)
        loss = criterion(outputs.view(-1, outputs.size(-1)), target_tensor.view(-1))
        loss.backward()
        encoder_optimizer.step()
        decoder_optimizer.step()
        total_loss += loss.item()
    if epoch % 3 == 0:
        print(f"({epoch} {epoch / 12 * 100:.0f}%) {total_loss / len(dataloader):.3f}")
with torch.no_grad():
    for row in (0, 13, 30):
        outputs, _, attentions = decoder(*encoder(inputs[row : row + 1]))
        words = [output_lang.index2word[i.item()] for i in outputs.argmax(-1).squeeze()]
        print(pairs[row][0], "->", " ".join(words), attentions.shape)
