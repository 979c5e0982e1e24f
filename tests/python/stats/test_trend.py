"""The trend of an effect against weighted least squares."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from microlift.stats.trend import effect_trend

# BCG vaccine trials, log relative risk, its variance and latitude: Colditz et al. (1994), JAMA 271:698–702; R's metafor::dat.bcg.
LATITUDE = [44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33]
EFFECT = [
    -0.8893,
    -1.5854,
    -1.3481,
    -1.4416,
    -0.2175,
    -0.7861,
    -1.6209,
    0.0120,
    -0.4694,
    -1.3713,
    -0.3394,
    0.4459,
    -0.0173,
]
VARIANCE = [
    0.3256,
    0.1946,
    0.4154,
    0.0200,
    0.0512,
    0.0069,
    0.2230,
    0.0040,
    0.0564,
    0.0730,
    0.0124,
    0.5325,
    0.0714,
]


def test_meta_regression_of_the_vaccine_trials() -> None:
    found = effect_trend([EFFECT], [VARIANCE], [LATITUDE])
    fit = sm.WLS(EFFECT, sm.add_constant(np.array(LATITUDE, float)), 1 / np.array(VARIANCE)).fit()
    error = np.sqrt(fit.cov_params()[1, 1] / fit.scale)
    # metafor::rma(yi, vi, mods = ablat, method = "FE"): slope −0.0292, standard error 0.0027.
    assert found.slope == pytest.approx(-0.0292, abs=1e-4)
    assert error == pytest.approx(0.0027, abs=5e-5)
    assert found.slope == pytest.approx(fit.params[1])
    assert found.low == pytest.approx(fit.params[1] - stats.norm.ppf(0.975) * error)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(fit.params[1]) / error))


def test_padding_and_what_has_no_slope() -> None:
    plain = effect_trend([[1.0, 2, 4]], [[1.0, 1, 1]], [[0, 1, 3]])
    padded = effect_trend([[1.0, 9, 2, 4]], [[1.0, 0, 1, 1]], [[0, 50, 1, 3]])
    assert plain.slope == padded.slope == pytest.approx(1)
    for effect, variance, place in (([[1.0, 2]], [[1.0, 0]], [[0, 1]]), ([[1.0, 2]], [[1.0, 1]], [[3, 3]])):
        none = effect_trend(effect, variance, place)
        assert np.isnan(none.slope[0])
        assert (none.p_value[0], none.high[0]) == (1, np.inf)
    with pytest.raises(ValueError, match="variance must be finite"):
        effect_trend([[1.0, 2]], [[1.0, np.inf]], [[0, 1]])
