#!/usr/bin/python3
"""A Python process that posts as many requests as it can, in one of two ways.

  python_caller.py aiohttp URL BODY_BYTES SECONDS CONNECTIONS            the usual way: straight to the origin
  python_caller.py gate URL BODY_BYTES SECONDS BATCHES BATCH GATE STUBS  batches to the gate, some at a time;
                                                                         STUBS: folder with protoc's postern/v1

Prints one line of JSON: requests answered with 200, the seconds they took, this process's CPU seconds.
"""
import asyncio
import json
import resource
import sys
import time


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def measure(post, lanes, seconds):
    """Runs `post`, which returns how many requests it did, over and over in so many lanes at once."""

    async def lane(end):
        count = 0
        while time.monotonic() < end:
            count += await post()
        return count

    await post()
    started, cpu = time.monotonic(), cpu_seconds()
    counts = await asyncio.gather(*(lane(started + seconds) for _ in range(lanes)))
    report = {
        "items": sum(counts),
        "seconds": time.monotonic() - started,
        "cpu_seconds": cpu_seconds() - cpu,
    }
    print(json.dumps(report))


async def call_with_aiohttp(url, body, seconds, connections):
    import aiohttp

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=connections)) as session:

        async def post():
            async with session.post(url, data=body) as response:
                await response.read()
                response.raise_for_status()
            return 1

        await measure(post, connections, seconds)


async def call_through_gate(url, body, seconds, batches, batch, gate, stubs):
    sys.path.insert(0, stubs)
    import grpc
    from postern.v1 import egress_pb2, egress_pb2_grpc

    async with grpc.aio.insecure_channel(gate) as channel:
        stub = egress_pb2_grpc.EgressServiceStub(channel)

        async def post():
            items = [egress_pb2.Item(id=str(i), url=url, body=body) for i in range(batch)]
            count = 0
            async for response in stub.PostBatch(egress_pb2.PostBatchRequest(items=items)):
                for result in response.results:
                    if result.response.status != 200:
                        raise RuntimeError(f"not answered with 200: {result}")
                    count += 1
            return count

        await measure(post, batches, seconds)


def main(way, url, body_bytes, seconds, *rest):
    body = b"x" * int(body_bytes)
    if way == "aiohttp":
        (connections,) = rest
        asyncio.run(call_with_aiohttp(url, body, float(seconds), int(connections)))
    else:
        batches, batch, gate, stubs = rest
        asyncio.run(call_through_gate(url, body, float(seconds), int(batches), int(batch), gate, stubs))


if __name__ == "__main__":
    main(*sys.argv[1:])
