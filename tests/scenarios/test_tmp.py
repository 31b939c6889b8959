async def test_tmp(running, admin, company, samples):
    S=samples
    for ch, files in (("shop-eu",["ecommerce/woocommerce/wp-api-v3_orders_1_HTTP_request.json"]),("web",["ecommerce/shopify/rubyapi_2024_10_order_2.json"]),("amazon",["marketplace/amazon-spapi/ordersV0__getOrder__200-sandbox0.json","marketplace/amazon-spapi/ordersV0__getOrderItems__200-sandbox0.json"]),("edi",["edi-x12/850_olmelabs_850.OK.edi"])):
        r = await running.command("ingest","--tenant","harbor","--channel",ch,"--json",*[str(S/f) for f in files])
        print(r.exit_code, r.out, r.errors)
    r = await running.command("check","--json"); print(r)
    print(running.log("serve")[-3000:], running.log("worker")[-3000:])
    assert 0
