from tests.factories.schema_walk import *
from tests.factories.crawling import wanted_type
async def test_world(theirs, owner_url):
    from tests.factories.checksums import tenant_checksums
    print({k: len(v) for k,v in theirs.seen.ids.items()})
    print("MISSING", set(node_types())-set(k for k,v in theirs.seen.ids.items() if v))
    print({k: [(e['message'],e['extensions']) for e in v][:2] for k,v in theirs.seen.errors.items() if v})
    for op in ("query","mutation"):
      for f in root_fields(op):
        for s in slots(f,"ID"): print(s, wanted_type(s))
    import time; t=time.time(); c=await tenant_checksums(owner_url, theirs.world.tenant.id); print(len(c), time.time()-t)
    print({k: v[:3] for k,v in theirs.seen.texts.items()})
    assert 0
