import collections
from tests.workflows import test_model_walk as t
C=collections.Counter(); D=collections.Counter()
orig=t.Walk.take
def take(self, move):
    C[move]+=1; return orig(self, move)
t.Walk.take=take
ob=t.Walk.teardown
def td(self):
    D[(self.model.state)]+=1; return ob(self)
t.Walk.teardown=td
from tests.workflows.test_model_walk import test_random_walks_agree_with_the_model_and_reach_everything as _t
def test_it(declared_draft, db):
    try: _t(declared_draft, db)
    finally:
        print(sum(C.values()), C.most_common()); print(D)
