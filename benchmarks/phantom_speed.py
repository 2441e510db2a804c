"""Studies a second on one core, for every domain: rendering, regions and text, without writing files.

Run: OMP_NUM_THREADS=1 python benchmarks/phantom_speed.py [DOMAIN ...]
"""

import sys
import time

from polyclinic.phantom.domain import domain_names
from polyclinic.phantom.world import Phantom

PATIENTS, ROUNDS = 30, 5


def main() -> None:
    """Print the best and the median rate of several rounds."""
    for domain in sys.argv[1:] or domain_names():
        world = Phantom(domain, seed=1)
        list(map(world.studies, range(5)))
        rates = []
        for number in range(ROUNDS):
            began = time.process_time()
            count = sum(len(world.studies(i)) for i in range(PATIENTS * number, PATIENTS * (number + 1)))
            rates.append(count / (time.process_time() - began))
        rates.sort()
        print(
            f"phantom {domain}, default size: best {rates[-1]:.0f}, median {rates[ROUNDS // 2]:.0f} studies/s on a core"
        )


if __name__ == "__main__":
    main()
