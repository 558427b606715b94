"""Django Channels over messages: channels_layer.py PORT [PASSWORD]"""

import asyncio

import redis as redis_py
from channels_redis.pubsub import RedisPubSubChannelLayer
from tour import HOST, PASSWORD, PORT, main, step, until, url

redis = redis_py.Redis(host=HOST, port=PORT, password=PASSWORD)


def play(scenario):
    async def with_layers():
        layers = [RedisPubSubChannelLayer(hosts=[url()], prefix="channels") for _ in range(2)]
        try:
            await asyncio.wait_for(scenario(*layers), 20)
        finally:
            for layer in layers:
                await layer.flush()

    asyncio.run(with_layers())


def is_heard(channel, by=1):
    """Waits until the server has the subscriptions; the layer does not wait for its answer."""
    until(lambda: redis.pubsub_numsub(channel)[0][1] == by, f"{by} subscriptions to {channel}")


@step
def a_message_goes_to_one_channel_of_another_process():
    async def scenario(one, two):
        channel = await two.new_channel()
        is_heard(channel)
        for i in range(20):
            await one.send(channel, {"type": "said", "number": i})
        assert [(await two.receive(channel))["number"] for _ in range(20)] == list(range(20))

    play(scenario)


@step
def a_group_has_members_in_all_processes():
    async def scenario(one, two):
        ada, bob, carl = await one.new_channel(), await two.new_channel(), await two.new_channel()
        for layer, channel in ((one, ada), (two, bob), (two, carl)):
            await layer.group_add("room", channel)
        for channel in (ada, bob, carl):
            is_heard(channel)
        is_heard("channels__group__room", by=2)
        await two.group_discard("room", carl)
        await one.group_send("room", {"type": "said", "text": "hello"})
        assert (await one.receive(ada))["text"] == "hello"
        assert (await two.receive(bob))["text"] == "hello"
        await one.send(carl, {"type": "said", "text": "for you"})
        assert (await two.receive(carl))["text"] == "for you"

    play(scenario)


main()
