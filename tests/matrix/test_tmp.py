import time, collections
from tests.matrix.test_matrix import *
def test_t(as_in_a_demonstration, world, everybody):
    asked = routes(); T=collections.defaultdict(list); walk=0
    for row in rows():
        t=time.process_time(); world.go_to(row["state"]); walk+=time.process_time()-t
        cache.clear()
        path = world.address(row["route"], asked=asked[row["route"]], act=row["act"])
        for who in sorted(ACTORS, key=lambda name: row[name] == "303"):
            t=time.process_time(); a=ask(everybody[who], row["method"], path); T[(row["route"],row["method"],a.status_code)].append(time.process_time()-t)
    print("walk",walk, "all", sum(map(sum,T.values())))
    for k,v in sorted(T.items(), key=lambda kv:-sum(kv[1]))[:25]: print(k, len(v), round(sum(v),2), round(sum(v)/len(v)*1000,1),"ms")
