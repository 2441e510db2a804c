"""Studies a second on one core: rendering, regions and text, without writing files.

Run: OMP_NUM_THREADS=1 python benchmarks/phantom_speed.py
"""

import time

from polyclinic.phantom.world import Phantom

PATIENTS, ROUNDS = 60, 5


def main() -> None:
    """Print the best and the median rate of several rounds."""
    world = Phantom("chest", seed=1)
    list(map(world.studies, range(5)))
    rates = []
    for number in range(ROUNDS):
        began = time.process_time()
        count = sum(len(world.studies(i)) for i in range(PATIENTS * number, PATIENTS * (number + 1)))
        rates.append(count / (time.process_time() - began))
    rates.sort()
    print(f"phantom chest, 128 x 128: best {rates[-1]:.0f}, median {rates[ROUNDS // 2]:.0f} studies/s on one core")


if __name__ == "__main__":
    main()
