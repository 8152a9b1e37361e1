"""Pictures of what an environment consists of, drawn from the snapshots: docs/images/architecture.

Who may reach whom is what the rules of the security groups say, at both ends: a connection that
one group lets out and the other does not let in is not drawn. Where things are is what their
subnets say.
"""

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from ipaddress import IPv4Network, ip_network

from commands import snapshots
from commands.environment import ROOT
from commands.synthesized import Resource, Stack

PICTURES = ROOT / "docs" / "images" / "architecture"
TIERS = ("public", "private", "isolated")
BALANCER, DATABASE = "Load balancer", "PostgreSQL"
EVERYWHERE = ip_network("0.0.0.0/0")

#: Class of what is drawn to fill, line and text, in light and in dark.
COLOURS = {
    "page": (("#ffffff", "#ffffff", "#1f2933"), ("#0d1117", "#0d1117", "#e6edf3")),
    "region": (("#f6f8fa", "#8c959f", "#1f2933"), ("#161b22", "#6e7681", "#e6edf3")),
    "public": (("#e8f3e8", "#5b9a5b", "#1e4620"), ("#12261a", "#3f7f4c", "#b7e3bd")),
    "private": (("#e7f0fb", "#4a7fc1", "#17365d"), ("#111f33", "#3f6ea8", "#bcd6f7")),
    "isolated": (("#f6ecfa", "#9a5fb5", "#4a235a"), ("#241530", "#8a56a5", "#e2c8ee")),
    "thing": (("#ffffff", "#57606a", "#1f2933"), ("#21262d", "#8b949e", "#e6edf3")),
    "flow": (("#57606a", "#57606a", "#1f2933"), ("#9da7b3", "#9da7b3", "#e6edf3")),
    "far": (("#b45309", "#b45309", "#92400e"), ("#f0a04b", "#f0a04b", "#f6c48a")),
}


@dataclass(frozen=True)
class Thing:
    """A box: what has one security group, or none."""

    key: str
    tier: str
    title: str
    lines: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True)
class Flow:
    """An arrow, with the ranges of ports that are open."""

    source: str
    target: str
    ports: tuple[range, ...] = ()
    text: str = ""
    kind: str = "flow"

    @property
    def told(self) -> str:
        """The ports in words."""
        return ", ".join(
            str(one.start) if len(one) == 1 else f"{one.start}-{one.stop - 1}" for one in self.ports
        )


class Region:
    """A region's stack, as far as it is drawn."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.name = stack.region

    @property
    def cidr(self) -> str:
        """Address block of the VPC."""
        return str(self._one("aws_vpc").attributes["cidr_block"])

    @property
    def zones(self) -> list[str]:
        """Availability zones, in the order of the configuration."""
        return sorted({one.attributes["availability_zone"] for one in self.stack.of("aws_subnet")})

    @property
    def nat(self) -> str:
        """Key of the NAT gateways."""
        return f"{self.name} nat"

    def blocks(self, tier: str) -> list[IPv4Network]:
        """Address blocks of a tier's subnets."""
        return sorted(
            ip_network(one.attributes["cidr_block"])
            for one in self.stack.of("aws_subnet")
            if _tier(one) == tier
        )

    @cached_property
    def things(self) -> list[Thing]:
        """What is in the region's subnets."""
        return [*self._balancer(), *self._nat(), *self._tasks(), *self._endpoints(), *self._data()]

    def rules(self, direction: str) -> list[Resource]:
        """The rules of its security groups: ingress or egress."""
        return self.stack.of(f"aws_vpc_security_group_{direction}_rule")

    def addresses(self, thing: Thing) -> list[str]:
        """Of the resources in a thing's security group, the group and its rules among them."""
        mark = f"aws_security_group.{thing.group}."
        return [
            one.address
            for one in self.stack.resources
            if one.address == mark[:-1]
            or mark in str(one.attributes.get("security_group_id", one.attributes))
        ]

    def _balancer(self) -> Iterator[Thing]:
        for one in self.stack.of("aws_lb"):
            guard = ["AWS WAF"] if self.stack.of("aws_wafv2_web_acl_association") else []
            names = [found.attributes["name"] for found in self.stack.of("aws_route53_record")]
            group = _name(one.attributes["security_groups"][0])
            tier = self._tier_of(one.attributes["subnets"])
            yield Thing(self._key(group), tier, BALANCER, (*guard, *names), group)

    def _nat(self) -> Iterator[Thing]:
        gateways = self.stack.of("aws_nat_gateway")
        if gateways:
            tier = self._tier_of([one.attributes["subnet_id"] for one in gateways])
            number = len(gateways)
            title = "NAT gateway" if number == 1 else f"{number} NAT gateways"
            yield Thing(self.nat, tier, title)

    def _tasks(self) -> Iterator[Thing]:
        """Services by security group, and what runs beside them with the same one."""
        groups: dict[str, list[Resource]] = {}
        for service in self.stack.of("aws_ecs_service"):
            network = service.attributes["network_configuration"]
            groups.setdefault(_name(network["security_groups"][0]), []).append(service)
        for group, services in groups.items():
            tier = self._tier_of(services[0].attributes["network_configuration"]["subnets"])
            said = self._group(group).attributes["description"]
            lines = [self._size(service) for service in sorted(services, key=lambda one: one.name)]
            yield Thing(self._key(group), tier, said, tuple(lines), group)

    def _size(self, service: Resource) -> str:
        """Such as `superset-web: 3 to 10 x 1 vCPU, 2 GB`."""
        task = self._resource(service.attributes["task_definition"])
        cpu, memory = int(task.attributes["cpu"]) / 1024, int(task.attributes["memory"]) / 1024
        number = str(service.attributes["desired_count"])
        for target in self.stack.of("aws_appautoscaling_target"):
            if service.name in target.attributes["resource_id"]:
                bounds = target.attributes["min_capacity"], target.attributes["max_capacity"]
                number = f"{bounds[0]} to {bounds[1]}"
        return f"{service.attributes['name']}: {number} x {cpu:g} vCPU, {memory:g} GB"

    def _endpoints(self) -> Iterator[Thing]:
        found = self.stack.of("aws_vpc_endpoint")
        interfaces = [one for one in found if one.attributes["vpc_endpoint_type"] == "Interface"]
        if interfaces:
            services = sorted(
                one.attributes["service_name"].split(f"{self.name}.")[1] for one in interfaces
            )
            half = (len(services) + 1) // 2
            group = _name(interfaces[0].attributes["security_group_ids"][0])
            tier = self._tier_of(interfaces[0].attributes["subnet_ids"])
            lines = (", ".join(services[:half]), ", ".join(services[half:]))
            yield Thing(self._key(group), tier, "Interface endpoints", lines, group)
        for one in found:
            if one.attributes["vpc_endpoint_type"] == "Gateway":
                yield Thing(f"{self.name} {one.name}", "private", "Gateway endpoint", ("S3",))

    def _data(self) -> Iterator[Thing]:
        for one in self.stack.of("aws_db_instance"):
            said = one.attributes
            version = str(said.get("engine_version", "")).partition(".")[0]
            lines = ["replica" if "replicate_source_db" in said else "primary"]
            lines += [said["instance_class"], *(["Multi-AZ"] if said.get("multi_az") else [])]
            group = _name(said["vpc_security_group_ids"][0])
            # A primary and its read replica in the region are in one group.
            key = f"{self._key(group)} {one.name}"
            title = f"{DATABASE} {version}".rstrip()
            yield Thing(key, self._tier_of_group(one), title, (", ".join(lines),), group)
        for one in self.stack.of("aws_elasticache_replication_group"):
            said = one.attributes
            nodes = f"{said['num_cache_clusters']} x {said['node_type']}"
            group, title = _name(said["security_group_ids"][0]), f"Redis {said['engine_version']}"
            yield Thing(self._key(group), self._tier_of_group(one), title, (nodes,), group)

    def _tier_of_group(self, one: Resource) -> str:
        """Of a subnet group; a replica in the region of its source has its source's."""
        named = one.attributes.get("db_subnet_group_name") or one.attributes.get(
            "subnet_group_name"
        )
        if not named:
            named = next(iter(self.stack.of("aws_db_instance"))).attributes["db_subnet_group_name"]
        return self._tier_of(self._resource(named).attributes["subnet_ids"])

    def _key(self, group: str) -> str:
        return f"{self.name} {group}"

    def _group(self, name: str) -> Resource:
        return next(one for one in self.stack.of("aws_security_group") if one.name == name)

    def _resource(self, reference: str) -> Resource:
        return next(one for one in self.stack.resources if f"${{{one.address}." in reference)

    def _tier_of(self, subnets: list[str]) -> str:
        (tier,) = {_tier(self._resource(one)) for one in subnets}
        return tier

    def _one(self, kind: str) -> Resource:
        (found,) = self.stack.of(kind)
        return found


def _tier(subnet: Resource) -> str:
    return next(tier for tier in TIERS if f"-{tier}-" in subnet.attributes["tags"]["Name"])


def _name(reference: str) -> str:
    """Of `${aws_security_group.NAME.id}`."""
    return reference.split(".")[1]


def regions_of(environment: str, texts: Mapping[str, str]) -> list[Region]:
    """The regions of an environment, the primary's first.

    :param texts: name to JSON of stacks, those of other environments among them
    """
    region = re.compile(rf"{snapshots.prefix(environment)}-[a-z]+-[a-z]+-\d")
    stacks = [Stack.parsed(name, text) for name, text in texts.items() if region.fullmatch(name)]
    found = [Region(stack) for stack in stacks if stack.of("aws_vpc")]
    return sorted(found, key=lambda one: (_source(one) is not None, one.name))


def links_of(environment: str, texts: Mapping[str, str]) -> Stack | None:
    """The stack that joins the regions."""
    name = f"{snapshots.prefix(environment)}-global"
    return Stack.parsed(name, texts[name]) if name in texts else None


def _source(region: Region) -> str | None:
    """Region of the database that this one's follows."""
    for one in region.stack.of("aws_db_instance"):
        arn = str(one.attributes.get("replicate_source_db", ""))
        if arn.startswith("arn:"):
            return arn.split(":")[3]
    return None


# --- Who may reach whom ---


def flows(regions: list[Region], links: Stack | None) -> list[Flow]:
    """Every connection that security groups let out and in."""
    found: dict[tuple[str, str, str], set[range]] = {}
    for region in regions:
        for source, target, ports, kind in _from(region, regions, links):
            found.setdefault((source, target, kind), set()).add(ports)
    return [
        Flow(source, target, tuple(sorted(ports, key=lambda one: (one.start, one.stop))), kind=kind)
        for (source, target, kind), ports in found.items()
    ]


def _ports(rule: Resource) -> range:
    """A rule without ports is for all of them."""
    said = rule.attributes
    return range(said.get("from_port", 0), said.get("to_port", 65535) + 1)


def _from(
    region: Region, regions: list[Region], links: Stack | None
) -> Iterator[tuple[str, str, range, str]]:
    for rule in region.rules("ingress"):
        if rule.attributes.get("cidr_ipv4") == str(EVERYWHERE):
            for target in _of_group(region, rule):
                yield "people", target.key, _ports(rule), "flow"
    for rule in region.rules("egress"):
        said, out = rule.attributes, _ports(rule)
        for source in _of_group(region, rule):
            if "referenced_security_group_id" in said:
                other = _name(said["referenced_security_group_id"])
                for ports in _admitted(region, other, out, by=source.group):
                    for target in region.things:
                        if target.group == other:
                            yield source.key, target.key, ports, "flow"
            elif "prefix_list_id" in said and said["prefix_list_id"].startswith("${"):
                yield source.key, f"{region.name} {_name(said['prefix_list_id'])}", out, "flow"
            elif "cidr_ipv4" in said:
                block = ip_network(said["cidr_ipv4"])
                for key, ports in _far(region, source, block, out, regions, links):
                    yield source.key, key, ports, "far"
                if not any(block.subnet_of(ip_network(other.cidr)) for other in regions):
                    yield source.key, region.nat, out, "flow"
                    yield region.nat, "internet", out, "flow"


def _far(
    region: Region,
    source: Thing,
    block: IPv4Network,
    out: range,
    regions: list[Region],
    links: Stack | None,
) -> Iterator[tuple[str, range]]:
    """What another region has in a block, if it is linked and lets the source's tier in."""
    for other in regions:
        own = other is region or block == EVERYWHERE
        if own or not _linked(region, other, links):
            continue
        for target in other.things:
            inside = all(one.subnet_of(block) for one in other.blocks(target.tier))
            tasks = region.blocks(source.tier)
            if inside and target.group:
                for ports in _admitted(other, target.group, out, blocks=tasks):
                    yield target.key, ports


def _linked(one: Region, other: Region, links: Stack | None) -> bool:
    """Whether global peers the two."""
    pair = {one.name, other.name}
    return links is not None and any(
        {found.region, found.attributes["peer_region"]} == pair
        for found in links.of("aws_vpc_peering_connection")
    )


def _admitted(
    region: Region, group: str, out: range, by: str = "", blocks: Sequence[IPv4Network] = ()
) -> Iterator[range]:
    """Which of some ports a group lets in, from another group or from all of some blocks."""
    for rule in region.rules("ingress"):
        said = rule.attributes
        admitted = range(max(out.start, _ports(rule).start), min(out.stop, _ports(rule).stop))
        if _name(said["security_group_id"]) != group or not admitted:
            continue
        if by and by == _name(said.get("referenced_security_group_id", ".")):
            yield admitted
        if blocks and "cidr_ipv4" in said:
            source = ip_network(said["cidr_ipv4"])
            if all(one.subnet_of(source) for one in blocks):
                yield admitted


def _of_group(region: Region, rule: Resource) -> list[Thing]:
    group = _name(rule.attributes["security_group_id"])
    return [one for one in region.things if one.group == group]


# --- The picture ---


def dot(
    environment: str, texts: Mapping[str, str], marks: Mapping[tuple[str, str], str] | None = None
) -> str:
    """An environment as a graph.

    :param texts: name to JSON of stacks
    :param marks: stack and address of resources to what becomes of them: their things say so
    """
    regions, links = regions_of(environment, texts), links_of(environment, texts)
    lines = [
        "digraph {",
        "graph [rankdir=LR, newrank=true, nodesep=0.2, ranksep=0.7, pad=0.2]",
        'graph [fontname="Helvetica", labeljust=l, class=page]',
        'node [fontname="Helvetica", fontsize=14, shape=box, style="filled,rounded", class=thing]',
        'edge [fontname="Helvetica", fontsize=12, class=flow, arrowsize=0.7]',
        _node("people", "People"),
        _node("names", "Route 53", *sorted({one.attributes["name"] for one in _records(links)})),
        _node("internet", "Internet"),
        '{ rank=same; "people"; "internet"; "names" }',
    ]
    for region in regions:
        lines += _cluster(region, marks or {})
    lines += [_edge(flow) for flow in [*flows(regions, links), *_names_and_copies(regions, links)]]
    return "\n".join([*lines, "}"]) + "\n"


def _names_and_copies(regions: list[Region], links: Stack | None) -> Iterator[Flow]:
    """What is no connection of a task: DNS, and replicas that follow a primary."""
    yield Flow("people", "names", kind="name")
    for record in _records(links):
        for region in regions:
            for thing in region.things:
                if (region.name, thing.title) == (record.attributes["set_identifier"], BALANCER):
                    yield Flow("names", thing.key, text="if healthy and nearest", kind="name")
    for region in regions:
        source = _source(region)
        for other in regions:
            if other.name == source:
                yield Flow(_database(other), _database(region), text="replicates", kind="copy")


def _records(links: Stack | None) -> list[Resource]:
    """The latency records of the shared name; their AAAA twins lead to the same."""
    found = links.of("aws_route53_record") if links else []
    return [one for one in found if one.attributes["type"] == "A"]


def _database(region: Region) -> str:
    return next(one.key for one in region.things if one.title.startswith(DATABASE))


def _cluster(region: Region, marks: Mapping[tuple[str, str], str]) -> Iterator[str]:
    name = region.name
    title = f"{name}   {region.cidr}   {', '.join(region.zones)}"
    yield f'subgraph "cluster {name}" {{ label=<<b>{escape(title)}</b>>; class=region; fontsize=15'
    for tier in TIERS:
        blocks = ", ".join(map(str, region.blocks(tier)))
        yield f'subgraph "cluster {name} {tier}" {{ label="{tier}   {blocks}"'
        yield f"class={tier}; fontsize=12"
        for thing in region.things:
            if thing.tier == tier:
                own = {marks.get((region.stack.name, one)) for one in region.addresses(thing)}
                # Marks come with the gravest first.
                mark = next((word for word in marks.values() if word in own), "")
                yield _node(thing.key, thing.title, *thing.lines, mark=mark)
        yield "}"
    first = "; ".join(f'"{one.key}"' for one in region.things if one.tier == TIERS[0])
    yield f"{{ rank=same; {first} }} }}"


def _node(key: str, title: str, *lines: str, mark: str = "") -> str:
    text = "".join(f'<br/><font point-size="11">{escape(line)}</font>' for line in lines)
    told, kind = (f": {mark}", f', class="thing is-{mark}"') if mark else ("", "")
    return f'"{key}" [label=<<b>{escape(title + told)}</b>{text}>{kind}]'


def _edge(flow: Flow) -> str:
    label = flow.text or flow.told
    if flow.kind == "far":
        label += " by peering"
    style = {"name": "dotted", "copy": "dashed"}.get(flow.kind, "solid")
    kind = "far" if flow.kind in ("far", "copy") else "flow"
    # Columns are those of the way in: what leaves again, or the region, moves nothing.
    leaves = flow.kind == "copy" or flow.target == "internet" or flow.target.endswith(" nat")
    rank = ", constraint=false" if leaves else ""
    return (
        f'"{flow.source}" -> "{flow.target}" [label="{label}", style={style}, class={kind}{rank}]'
    )


def sheet(*, switched: bool = False) -> str:
    """Colours by class, those of the dark scheme where a reader has that.

    :param switched: for a page whose reader may choose, by ``data-theme`` of its root
    """
    light = _rules(0)
    if not switched:
        return f"{light}@media (prefers-color-scheme: dark){{{_rules(1)}}}"
    unless = _rules(1, ':where(:root:not([data-theme="light"])) ')
    chosen = _rules(1, ':where(:root[data-theme="dark"]) ')
    return f"{light}@media (prefers-color-scheme: dark){{{unless}}}{chosen}"


def _rules(scheme: int, scope: str = "") -> str:
    """Of the light scheme, 0, or the dark one, 1."""
    rules = []
    for name, colours in COLOURS.items():
        fill, line, text = colours[scheme]
        inside = "none" if name in ("flow", "far") else fill
        rules += [
            f"{scope}.{name}>polygon{{fill:{fill};stroke:{line}}}",
            f"{scope}.{name}>path{{stroke:{line};fill:{inside}}}",
            f"{scope}.{name} text{{fill:{text}}}",
        ]
    return "".join(rules)


def drawn() -> dict[str, str]:
    """The pictures by file name."""
    texts = snapshots.committed()
    return {
        f"{name}.svg": draw(name, dot(name, texts), f"<style>{sheet()}</style>")
        for name in snapshots.environments()
    }


def draw(environment: str, graph: str, style: str = "") -> str:
    """One environment, from its graph, as SVG.

    :param style: element with the colours, where the page around it has none
    """
    svg = subprocess.run(
        ["node", ROOT / "src/commands/layout.mjs"],
        input=graph,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    # Without the document type, the size in points, and what is a key of this module.
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r'<svg width="[^"]+" height="[^"]+"', "<svg", svg, count=1)
    svg = re.sub(r"<title>.*?</title>\n?", "", svg)
    svg = re.sub(r' id="[^"]*"', "", svg)
    # Laid out for wide letters, so that every font fits.
    svg = re.sub(
        r'font-size="([\d.]+)"', lambda found: f'font-size="{float(found[1]) * 0.84:.1f}"', svg
    )
    head, end, rest = svg.partition(">")
    name = f'role="img" aria-label="Architecture of {environment}"'
    return f"{head.rstrip()} {name}{end}\n{style}{rest}"
