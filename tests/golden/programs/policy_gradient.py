"""REINFORCE in a corridor: an agent learns to walk right, from rewards alone."""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

torch.manual_seed(543)
LENGTH = 7


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine1 = nn.Linear(LENGTH, 16)
        self.affine2 = nn.Linear(16, 2)
        self.saved_log_probs = []
        self.rewards = []

    def forward(self, x):
        return F.softmax(self.affine2(F.relu(self.affine1(x))), dim=1)


policy = Policy()
print(policy)
optimizer = optim.Adam(policy.parameters(), lr=5e-2)


def select_action(place):
    state = F.one_hot(torch.tensor([place]), LENGTH).float()
    probs = policy(state)
    action = torch.multinomial(probs, 1)
    policy.saved_log_probs.append(probs.gather(1, action).log().squeeze())
    return action.item()


def finish_episode():
    R = 0
    returns = []
    for r in policy.rewards[::-1]:
        R = r + 0.9 * R
        returns.insert(0, R)
    returns = torch.tensor(returns)
    policy_loss = [-log_prob * R for log_prob, R in zip(policy.saved_log_probs, returns)]
    optimizer.zero_grad()
    policy_loss = torch.stack(policy_loss).sum()
    policy_loss.backward()
    optimizer.step()
    del policy.rewards[:]
    del policy.saved_log_probs[:]


running = 0.0
for episode in range(40):
    place, steps = LENGTH // 2, 0
    while 0 < place < LENGTH - 1 and steps < 20:
        place += 1 if select_action(place) else -1
        policy.rewards.append(1.0 if place == LENGTH - 1 else -0.1)
        steps += 1
    running = 0.9 * running + 0.1 * (place == LENGTH - 1)
    if steps > 1:
        finish_episode()
    if episode % 8 == 7:
        print(f"Episode {episode + 1}\tsteps: {steps}\tat: {place}\trunning: {running:.3f}")
with torch.no_grad():
    print([f"{p:.2f}" for p in policy(torch.eye(LENGTH))[:, 1].tolist()])
