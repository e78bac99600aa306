"""What several tests of services begin with."""

import pytest

from tests.builders import a_bare_incident
from tests.cast import TANAKA
from tests.conftest import WorkOf
from tests.services.duties import a_duty


@pytest.fixture
def duty(work_of: WorkOf) -> int:
    """A first report that is due in 24 hours: at two in the morning, on 1 December."""
    with work_of(TANAKA) as work:
        return a_duty(work, a_bare_incident(work)).id
