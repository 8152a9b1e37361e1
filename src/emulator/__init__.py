"""The local AWS: moto, made strict, complete enough for this platform, and able to run functions.

One process is one AWS account, with all its regions; its state lives as long as the process.
``python -m emulator --account 123456789012 --log FILE --ready FILE`` starts it.

A request passes through these modules, in this order:

    server      sockets, ready file, signals
    gateway     the one path of every request: control API, faults, checks, lock, moto, record, log
    wire        what a request asks for: service, operation, region, principal, parameters
    faults      regions that refuse, errors, delays and cut connections, set through the control API
    strict/     refuses what AWS refuses: botocore's service models, and a few rules beyond them
    backend     moto itself behind one lock
    regions     regions that are lost or partitioned
    recorder    every request with its parameters, for the tests
    control     the control API under /_emulator/

Beside that path:

    patches/    one module per gap of moto; each says what AWS does and what moto does
    functions/  Lambda functions as local processes
    processes   the local processes this emulator started, ended with it

A later data plane (ECS tasks as local processes) is a further package that starts its processes
through ``processes`` and is installed by ``patches.install``, like ``functions``.

Control API (JSON over HTTP, same port):

    GET    /_emulator/health
    GET    /_emulator/requests?since=N[&operation=X][&service=X]
    POST   /_emulator/refuse   {"regions": ["us-east-1"]}       ([] lifts it)
    POST   /_emulator/regions  {"region": "us-east-1", "state": "lost"} (or partitioned, restored)
    POST   /_emulator/faults   {"service", "operation", "region", "action", ...}  (faults.Fault)
    DELETE /_emulator/faults
"""
