import pytest, time, datetime
from django.db import connection
from tests.outbox.conftest import *
from workflows.outbox.relay import lease, _LEASE
@pytest.mark.django_db
def test_perf(make_dossiers, subscriptions):
    ds=make_dossiers(500)
    with connection.cursor() as c:
        c.execute("""insert into workflows_outboxrow(uuid,kind,subscriber,dossier_id,sequence,payload,created_at,state,attempts,last_error,done_at)
          select gen_random_uuid(),'k','s'||(g%%3), %s + g%%500, g, '{}', now(), 'done',1,'',now() from generate_series(1,200000) g""",[ds[0]])
        c.execute("""insert into workflows_outboxrow(uuid,kind,subscriber,dossier_id,sequence,payload,created_at,state,attempts,last_error)
          select gen_random_uuid(),'k','s'||(g%%3), %s + g%%500, 300000+g, '{}', now(), 'queued',0,'' from generate_series(1,5000) g""",[ds[0]])
        c.execute("analyze workflows_outboxrow")
        c.execute("explain (analyze, costs off) "+_LEASE,[20,120]); print("\n".join(r[0] for r in c.fetchall()))
        # poison: one partition with 5000 blocked rows first
        c.execute("update workflows_outboxrow set dossier_id=%s, subscriber='p', due_at=now()+interval '1 hour' where state='queued' and sequence<304000",[ds[0]])
        t=time.time(); n=len(lease(limit=20)); print('blocked', n, time.time()-t)
        for _ in range(5):
            t=time.time(); n=len(lease(limit=1)); print(n, round((time.time()-t)*1000,2),'ms')

        c.execute("update workflows_outboxrow set due_at=null, subscriber='s0' where state='queued'")
        subscriptions.subscribe('k',name='s0')(lambda e: None);subscriptions.subscribe('k',name='s1')(lambda e: None);subscriptions.subscribe('k',name='s2')(lambda e: None)
        from workflows.outbox import drain
        t=time.time(); print(drain(limit=1000), time.time()-t)
