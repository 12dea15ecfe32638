import pytest
from procedures.now import frozen
from tests import scenarios
@pytest.mark.django_db(transaction=False)
def test_all():
    with frozen(scenarios.MONDAY):
        scenarios.world()
        p = scenarios.Play().granted()
        print(p.dossier.state, p.dossier.code)
