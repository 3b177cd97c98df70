"""Q-learning with a replay memory and a target network, on a ring of rooms."""

import math
import random
from collections import deque, namedtuple

import torch
import torch.nn as nn
import torch.optim as optim

Transition = namedtuple("Transition", ("state", "action", "next_state", "reward"))
ROOMS, GOAL = 8, 5


class ReplayMemory:
    def __init__(self, capacity):
        self.memory = deque([], maxlen=capacity)

    def push(self, *args):
        self.memory.append(Transition(*args))

    def sample(self, batch_size):
        return random.sample(self.memory, batch_size)

    def __len__(self):
        return len(self.memory)


class DQN(nn.Module):
    def __init__(self, n_observations, n_actions):
        super().__init__()
        self.layer1 = nn.Linear(n_observations, 16)
        self.layer2 = nn.Linear(16, n_actions)

    def forward(self, x):
        return self.layer2(torch.relu(self.layer1(x)))


def observe(room):
    angle = 2 * math.pi * room / ROOMS
    return torch.tensor([[math.cos(angle), math.sin(angle)]], dtype=torch.float32)


BATCH_SIZE, GAMMA, TAU, LR = 16, 0.9, 0.05, 1e-2
random.seed(0)
torch.manual_seed(0)
policy_net = DQN(2, 2)
target_net = DQN(2, 2)
target_net.load_state_dict(policy_net.state_dict())
optimizer = optim.AdamW(policy_net.parameters(), lr=LR, amsgrad=True)
memory = ReplayMemory(200)
print(optimizer)


def select_action(state, eps):
    if random.random() > eps:
        with torch.no_grad():
            return policy_net(state).max(1).indices.view(1, 1)
    return torch.tensor([[random.randrange(2)]], dtype=torch.long)


def optimize_model():
    if len(memory) < BATCH_SIZE:
        return None
    batch = Transition(*zip(*memory.sample(BATCH_SIZE)))
    non_final_mask = torch.tensor(tuple(s is not None for s in batch.next_state), dtype=torch.bool)
    non_final_next_states = torch.cat([s for s in batch.next_state if s is not None])
    state_batch, action_batch = torch.cat(batch.state), torch.cat(batch.action)
    reward_batch = torch.cat(batch.reward)
    state_action_values = policy_net(state_batch).gather(1, action_batch)
    next_state_values = torch.zeros(BATCH_SIZE)
    with torch.no_grad():
        next_state_values[non_final_mask] = target_net(non_final_next_states).max(1).values
    expected = (next_state_values * GAMMA) + reward_batch
    loss = nn.SmoothL1Loss()(state_action_values, expected.unsqueeze(1))
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_value_(policy_net.parameters(), 100)
    optimizer.step()
    return loss.item()


for episode in range(12):
    room = random.randrange(ROOMS - 3)
    losses = []
    for t in range(15):
        state = observe(room)
        action = select_action(state, 0.9 * math.exp(-episode / 4) + 0.05)
        room = (room + (1 if action.item() else -1)) % ROOMS
        done = room == GOAL
        reward = torch.tensor([1.0 if done else -0.05])
        memory.push(state, action, None if done else observe(room), reward)
        loss = optimize_model()
        if loss is not None:
            losses.append(loss)
        target_state, policy_state = target_net.state_dict(), policy_net.state_dict()
        for key in policy_state:
            target_state[key] = policy_state[key] * TAU + target_state[key] * (1 - TAU)
        target_net.load_state_dict(target_state)
        if done:
            break
    mean = sum(losses) / len(losses) if losses else math.nan
    print(f"episode {episode:2d} steps {t + 1:2d} loss {mean:.3f}")
with torch.no_grad():
    q = policy_net(torch.cat([observe(room) for room in range(ROOMS)]))
print("".join(">" if right else "<" for right in q.argmax(1).tolist()), f"{q.max():.1f}")
