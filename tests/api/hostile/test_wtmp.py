async def test_world(tenant):
    from tests.factories.worlds import new_world
    w = await new_world(tenant, "QZB", numbers_from=770001)
    print(w)
