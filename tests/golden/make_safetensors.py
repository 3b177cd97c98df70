"""Write data/pytorch.safetensors with PyTorch, and check that PyTorch reads what microtorch writes.

cd tests
../torchenv/bin/python -m golden.make_safetensors [file that microtorch wrote]

Needs ``pip install torch==2.13.0 safetensors`` in an environment of its own, as make_golden.py does.
"""

from __future__ import annotations

import sys
from pathlib import Path

FIXTURE = Path(__file__).parent / "data" / "pytorch.safetensors"


def main() -> None:
    import torch
    from safetensors.torch import load_file, save_file

    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    others = {
        "half": torch.tensor([1.5, -2.0], dtype=torch.float16),
        "double": torch.tensor([[0.1], [0.2]], dtype=torch.float64),
        "bytes": torch.tensor([0, 255], dtype=torch.uint8),
        "flags": torch.tensor([True, False]),
        "scalar": torch.tensor(7, dtype=torch.int32),
        "empty": torch.zeros(0, 3),
    }
    save_file({**model.state_dict(), **others}, FIXTURE, metadata={"made by": "PyTorch"})
    for path in sys.argv[1:]:
        for name, tensor in load_file(path).items():
            print(name, tensor)


if __name__ == "__main__":
    main()
