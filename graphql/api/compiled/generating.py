"""Python source for the parts of an operation that only read attributes.

Most of an answer is attributes of objects that are already there. For such a part a function
is written that reads and completes them in one go, without paths, infos or a call for each
field. It either gives what graphql-core would give, or raises; then graphql-core itself
completes the same part again, which is safe because reading has no effect, and its errors are
the errors."""

from collections.abc import Callable, Sequence
from typing import Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE
from strawberry.types.union import StrawberryUnion

from api.compiled.admitting import admission, class_of, dispatch, dispatch_later
from api.compiled.columns import TYPENAME, Columns
from api.compiled.gathering import Gathering, LoadedField
from api.compiled.leaves import (
    AS_IT_IS,
    Unfit,
    enum_names,
    leaf_completion,
    written,
)
from api.compiled.loading import Load
from api.compiled.plans import FieldPlan
from api.compiled.resolving import DEFINITION
from api.from_rows import FromRow
from api.worked_out import OnRows

# A function for each possible type is written at once; of more of them when a value needs it.
MOST_POSSIBLE_TYPES = 24


def is_plain(field: FieldPlan, schema: GraphQLSchema, *, loads: bool = False) -> bool:
    """Whether the field and all below it only read attributes (or load, where that is allowed)."""
    if field.name == TYPENAME:
        return True
    reads = field.attribute is not None or (loads and field.load is not None)
    return reads and has_plain_type(field, field.type, schema, loads=loads)


def has_plain_type(
    field: FieldPlan, type_: GraphQLOutputType, schema: GraphQLSchema, *, loads: bool = False
) -> bool:
    """Whether values of the type, under the field's selection, are completed by reading alone
    (or by reading and loading)."""
    named: Any = type_
    while is_non_null_type(named) or is_list_type(named):
        named = named.of_type
    if is_leaf_type(named):
        return True
    if not _decided_by_class(named):
        return False
    possible = schema.get_possible_types(named) if is_abstract_type(named) else [named]
    # What is written later cannot take part in a level of loads.
    loads = loads and len(possible) <= MOST_POSSIBLE_TYPES
    return all(
        _decided_by_class(one)
        and all(is_plain(sub, schema, loads=loads) for sub in field.selection(one).values())
        for one in possible
    )


def _decided_by_class(named: GraphQLNamedType) -> bool:
    """Whether Strawberry's own rules tell the type of a value, and no hook of the type."""
    definition: Any = named.extensions.get(DEFINITION)
    if isinstance(named, GraphQLUnionType):
        return type(definition) is StrawberryUnion
    if not isinstance(definition, StrawberryObjectDefinition):
        return False
    if isinstance(named, GraphQLInterfaceType):
        return definition.resolve_type is None
    return definition.is_type_of is None


class Writer:
    """Writes the functions of one plain part, and makes them."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._lines: list[str] = []
        self._values: dict[str, Any] = {"Unfit": Unfit}
        self._leaves: dict[str, str] = {}
        # The loaded fields of each selection that has some, with the function of their values.
        self._loaded: list[list[tuple[FieldPlan, Load, str]]] = []

    def reader_of(self, fields: Sequence[FieldPlan]) -> Callable[[Any], dict[str, Any]]:
        """A function from a source object to these fields of it, by response name."""
        name = self._name("read")
        self._write_object(name, fields)
        return self._made(name)

    def completion_of(self, field: FieldPlan) -> Callable[[Any], Any]:
        """A function from the field's resolved value to its completed value."""
        name = self._name("complete")
        self._write_completion(name, field)
        return self._made(name)

    def object_of(self, field: FieldPlan, type_: GraphQLObjectType) -> Callable[[Any], Any]:
        """A function from an object of this type, below the field, to its completed value."""
        return self._made(self._object(field, type_))

    def gathering_of(self, field: FieldPlan) -> Gathering:
        """The same for a field below which some are loaded."""
        name = self._name("complete")
        self._write_completion(name, field)
        complete = self._made(name)
        return Gathering(
            complete,
            [
                [LoadedField(one.key, load, self._values[name]) for one, load, name in loaded]
                for loaded in self._loaded
            ],
        )

    def _write_completion(self, name: str, field: FieldPlan) -> None:
        expression = self._expression(field, field.type, "v")
        self._lines += [f"def {name}(v, w=None):", f"    return {expression}"]

    def _made(self, name: str) -> Callable[..., Any]:
        source = "\n".join(self._lines)
        # Built from our own names and from GraphQL names, which are identifiers, in quotes.
        exec(compile(source, "<compiled operation>", "exec"), self._values)
        made: Callable[..., Any] = self._values[name]
        return made

    def _name(self, kind: str, value: Any = None) -> str:
        name = f"{kind}_{len(self._values)}"
        self._values[name] = value
        return name

    def _write_object(
        self,
        name: str,
        fields: Sequence[FieldPlan],
        *,
        check: str | None = "",
        origin: type[FromRow] | None = None,
    ) -> None:
        reads, entries, loaded = [], [], []
        columns = Columns(self._name, self._expression)
        if origin is not None and check is not None:
            # Whatever is no such object has no row, or is a subclass that may work it out anew.
            reads = [f"    if type(s) is not {self._name('origin', origin)}: raise Unfit"]
            reads.append("    row = s._row")
        for number, field in enumerate(fields):
            if field.name == TYPENAME:
                entries.append(f"{field.key!r}: {field.parent.name!r}")
                continue
            if field.attribute is None:
                entries.append(f"{field.key!r}: None")
                loaded.append(self._loaded_field(field))
                continue
            worked_out = None if origin is None else origin.WORKED_OUT.get(field.attribute)
            written = columns.expression(field, worked_out) or self._on_rows(field, worked_out)
            if written is None:
                reads.append(f"    v{number} = {self._read(origin, field.attribute)}")
                written = self._expression(field, field.type, f"v{number}")
            entries.append(f"{field.key!r}: {written}")
        given = "row" if check is None else "s"
        if loaded and check is None:
            reads.append(f"    s = {self._name('origin', origin)}.of(row)")
        self._lines += [f"def {name}({given}, w=None):", *([check] if check else [])]
        self._lines += [*reads, *columns.reads()]
        self._lines += ["    r = {", *(f"        {entry}," for entry in entries), "    }"]
        if loaded:
            # Its place in the answer is kept; the level `w` says what is to be loaded for it.
            self._lines.append(f"    w[{len(self._loaded)}].append((s, r))")
            self._loaded.append(loaded)
        self._lines.append("    return r")

    def _loaded_field(self, field: FieldPlan) -> tuple[FieldPlan, Load, str]:
        assert field.load is not None
        name = self._name("loaded")
        self._write_completion(name, field)
        return field, field.load, name

    def _expression(self, field: FieldPlan, type_: GraphQLOutputType, v: str) -> str:
        """The completed value of the variable `v`, which may be null unless the type says not."""
        if is_non_null_type(type_):
            return self._present(field, type_.of_type, v)
        present = self._present(field, type_, v)
        return f"None if {v} is None else {present}"

    def _present(self, field: FieldPlan, type_: GraphQLOutputType, v: str) -> str:
        """The completed value of `v`; where it is null after all, what is called raises Unfit."""
        if is_leaf_type(type_):
            return self._leaf(type_, v)
        if is_list_type(type_):
            return f"{self._list(field, type_.of_type)}({v}, w)"
        if is_object_type(type_):
            return f"{self._object(field, type_)}({v}, w)"
        return f"{self._abstract(field, type_)}({v}, w)"

    def _leaf(self, leaf: GraphQLLeafType, v: str) -> str:
        call = self._leaves.get(leaf.name)
        if call is None:
            call = self._leaves[leaf.name] = self._name("leaf", leaf_completion(leaf))
        if leaf in AS_IT_IS:
            return f"({v} if {AS_IT_IS[leaf].format(v=v)} else {call}({v}))"
        known = written(leaf)
        if known is not None:
            kind = self._leaves.setdefault(f"{leaf.name} kind", self._name("kind", known[0]))
            return f"({known[1].format(v=v)} if type({v}) is {kind} else {call}({v}))"
        names = enum_names(leaf)
        if names is not None:
            return f"({self._name('names', names)}.get(id({v})) or {call}({v}))"
        return f"{call}({v})"

    def _list(self, field: FieldPlan, item: GraphQLOutputType) -> str:
        name = self._name("list")
        expression = self._expression(field, item, "x")
        self._lines += [
            f"def {name}(v, w):",
            # Whatever else can be iterated may be used up by it.
            "    if type(v) is not list and type(v) is not tuple: raise Unfit",
            f"    return [{expression} for x in v]",
        ]
        return name

    def _object(self, field: FieldPlan, type_: GraphQLObjectType) -> str:
        name = self._name("object")
        admitted: set[type] = set()
        known = self._name("admitted", admitted)
        admit = self._name("admit", admission(type_, admitted))
        check = f"    if type(s) not in {known}: {admit}(s)"
        if type_.is_type_of is not None:
            # strawberry.cast says the type of a single object.
            cast = f"getattr(s, {TYPE_CAST_ATTRIBUTE!r}, None) is not None"
            check = f"    if type(s) not in {known} or {cast}: {admit}(s)"
        origin = class_of(type_)
        self._write_object(
            name,
            list(field.selection(type_).values()),
            check=check,
            origin=origin if issubclass(origin, FromRow) else None,
        )
        return name

    def _read(self, origin: type[FromRow] | None, attribute: str) -> str:
        """An attribute of the object `s`; of one that stands on a row, without the object."""
        if origin is None:
            return f"s.{attribute}"
        worked_out = origin.WORKED_OUT.get(attribute)
        if worked_out is None:
            return f"row.{attribute}"
        return f"{self._name('worked_out', worked_out)}(row)"

    def _on_rows(self, field: FieldPlan, worked_out: Any) -> str | None:
        """A list of objects that stand on rows, from the rows; None if it is something else."""
        type_: Any = field.type.of_type if is_non_null_type(field.type) else field.type
        if not isinstance(worked_out, OnRows) or not is_list_type(type_):
            return None
        item: Any = type_.of_type.of_type if is_non_null_type(type_.of_type) else type_.of_type
        if not is_object_type(item) or class_of(item) is not worked_out.kind:
            return None
        name = self._name("object")
        fields = list(field.selection(item).values())
        self._write_object(name, fields, check=None, origin=worked_out.kind)
        return f"[{name}(x, w) for x in {self._name('rows', worked_out.rows)}(row)]"

    def _abstract(self, field: FieldPlan, type_: Any) -> str:
        possible = self._schema.get_possible_types(type_)
        if len(possible) > MOST_POSSIBLE_TYPES:
            classes = {class_of(one): one for one in possible}
            later = dispatch_later(classes, lambda one: Writer(self._schema).object_of(field, one))
            return self._name("abstract", later)
        functions = {class_of(one): self._object(field, one) for one in possible}
        return self._name("abstract", dispatch(functions, self._values))
