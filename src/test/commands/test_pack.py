"""Of a provider's library only what the classes name is packed; of an unknown one everything."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from commands import pack

INDEX = """"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.kmsKey = exports.vpc = void 0;
exports.kmsKey = require("./kms-key");
exports.vpc = require("./vpc");
//# sourceMappingURL=data:xyz
"""
ASSEMBLY = {
    "name": "@cdktf/provider-aws",
    "submodules": {"@cdktf/provider-aws.vpc": {}, "@cdktf/provider-aws.kmsKey": {}},
    "types": {
        "@cdktf/provider-aws.vpc.Vpc": {},
        "@cdktf/provider-aws.vpc.VpcConfig": {},
        "@cdktf/provider-aws.kmsKey.KmsKey": {},
    },
}


def bundle(assembly: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as target:
        for name, text in {
            ".jsii": assembly,
            "package.json": '{"main": "lib/index.js"}',
            "lib/index.js": INDEX,
            "lib/vpc/index.js": "vpc\n//# sourceMappingURL=data:xyz",
            "lib/vpc/index.d.ts": "types",
            "lib/kms-key/index.js": "key",
        }.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(text)
            target.addfile(member, io.BytesIO(text.encode()))
    return packed.getvalue()


def contents(packed: bytes) -> dict[str, str]:
    with tarfile.open(fileobj=io.BytesIO(packed)) as source:
        return {m.name: source.extractfile(m).read().decode() for m in source.getmembers()}


def test_the_packages_are_those_that_the_classes_name(tmp_path: Path) -> None:
    (tmp_path / "A.class").write_bytes(b"\0com/hashicorp/cdktf/providers/aws/vpc/Vpc$Builder\0")
    (tmp_path / "B.class").write_bytes(b"(Lcom/hashicorp/cdktf/providers/aws/kms_key/KmsKey;)V")
    assert pack.used_packages(tmp_path) == {"vpc", "kms_key"}


def test_the_type_list_keeps_every_type_of_a_used_package() -> None:
    types = (
        "@cdktf/provider-aws.vpc.Vpc=com.hashicorp.cdktf.providers.aws.vpc.Vpc\n"
        "@cdktf/provider-aws.kmsKey.KmsKey=com.hashicorp.cdktf.providers.aws.kms_key.KmsKey\n"
        "@cdktf/provider-aws.kmsKey.Config=com.hashicorp.cdktf.providers.aws.kms_key.Config\n"
    )
    kept, submodules = pack.narrow_types(types, {"kms_key"})
    assert kept.splitlines() == types.splitlines()[1:]
    assert submodules == {"kmsKey"}


def test_the_bundle_keeps_the_used_modules_without_source_maps() -> None:
    kept = contents(pack.narrow_bundle(bundle(json.dumps(ASSEMBLY)), {"vpc"}))
    assert sorted(kept) == [
        "package/.jsii",
        "package/lib/index.js",
        "package/lib/vpc/index.js",
        "package/package.json",
    ]
    assert kept["package/lib/vpc/index.js"] == "vpc\n"
    assert 'exports.vpc = require("./vpc");' in kept["package/lib/index.js"]
    assert "kmsKey" not in kept["package/lib/index.js"] + kept["package/.jsii"]
    assert len(json.loads(kept["package/.jsii"])["types"]) == 2


def test_the_same_bundle_is_made_every_time() -> None:
    source = bundle(json.dumps(ASSEMBLY))
    assert pack.narrow_bundle(source, {"vpc"}) == pack.narrow_bundle(source, {"vpc"})


@pytest.mark.parametrize(
    ("assembly", "submodules"),
    [('{"schema": "jsii/file-redirect"}', {"vpc"}), (json.dumps(ASSEMBLY), {"vpc", "subnet"})],
)
def test_a_bundle_of_another_shape_is_refused(assembly: str, submodules: set[str]) -> None:
    with pytest.raises(pack.UnknownShape):
        pack.narrow_bundle(bundle(assembly), submodules)
