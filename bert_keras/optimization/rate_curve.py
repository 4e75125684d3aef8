"""`RateCurve`: the loss at each of many learning rates, and the rate that it speaks for."""

import dataclasses

import numpy as np
from scipy import ndimage

_WIDTH = 1 / 25  # of the steps: the deviation of the bell by which losses are smoothed
_FALL = 0.05  # of the loss at the start: a lesser fall is none


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class RateCurve:
    """What `bk.find_learning_rate` gives back. Printed, it says what can be seen; `bk.plot.learning_rates` draws it.

    Args:
        rates: float64 [steps], rising.
        losses: float64 [steps], of the rows of each step, before its update.
        end: why it ended before the last rate; "" where it did not.
    """

    rates: np.ndarray
    losses: np.ndarray
    end: str = ""

    @property
    def smoothed(self) -> np.ndarray:
        """The losses without most of their noise, float64 [steps]: each a mean over the steps before and after it.

        A mean over those before alone would fall later than the loss.
        """
        return ndimage.gaussian_filter1d(self.losses, max(1.0, _WIDTH * len(self.losses)), mode="nearest")

    @property
    def suggestion(self) -> float | None:
        """The rate at which the smoothed loss falls fastest, per factor of the rate, before its least.

        None where it falls by less than 5 % anywhere: then no rate of these teaches much in so few steps.
        """
        found = self.smoothed
        least = int(np.argmin(found))
        if len(found) < 3 or found[least] > (1 - _FALL) * found[0]:
            return None
        slopes = np.gradient(found, np.log(self.rates))[: least + 1]
        return float(self.rates[np.argmin(slopes)])

    def __str__(self) -> str:
        found = self.smoothed
        least = int(np.argmin(found))
        lines = [
            f"loss: {found[0]:.4f} at a rate of {self.rates[0]:.1e}, "
            f"{found[least]:.4f} at {self.rates[least]:.1e}, the least, {found[-1]:.4f} at {self.rates[-1]:.1e}",
            f"ended after {len(self.losses)} steps" + (f": {self.end}" if self.end else ""),
        ]
        rate = self.suggestion
        told = "none, as the loss did not fall: take more steps" if rate is None else f"{rate:.1e}"
        return "\n".join([*lines, f"learning rate to try: {told}"])

    def __repr__(self) -> str:
        told = "None" if self.suggestion is None else f"{self.suggestion:.1e}"
        return f"<{type(self).__name__} of {len(self.losses)} steps: suggestion {told}>"
