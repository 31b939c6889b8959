"""Executes a planned operation: graphql-core's executor, with its hot methods made short.

What is not written here is graphql-core's: lists with awaitables, type resolution, nulls that
rise, where errors stand, what is gathered and cancelled with what. Loaders therefore batch
exactly as there. The methods below do what those of the same name do there."""

from collections.abc import Awaitable
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLObjectType, OperationType
from graphql.execution.collect_fields import CollectedFields
from graphql.execution.executor import default_field_resolver, default_type_resolver
from graphql.execution.values import VariableValues, get_argument_values
from graphql.pyutils import Path, gather_with_cancel
from strawberry.execution.is_awaitable import optimized_is_awaitable as is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionContext

from api.compiled.gathering import Gathering
from api.compiled.plans import FieldPlan, OperationPlan, SelectionPlan, Variant
from api.compiled.steps import steps_of

# Arguments made of these cannot be changed by a resolver, so that all objects of a list share them.
UNCHANGING = frozenset({str, int, float, bool, type(None)})


class PlannedExecution(StrawberryGraphQLCoreExecutionContext):
    """One execution of a variant of an operation."""

    variant: Variant
    shared_arguments: dict[int, dict[str, Any]]

    async def run(self) -> ExecutionResult:
        """The whole operation."""
        variant = self.variant
        root: Any = variant.root
        # One field alone comes after no other.
        serially = len(root) > 1 and self.operation.operation is OperationType.MUTATION
        try:
            data: Any = self.execute_root_grouped_field_set(
                variant.root_type, self.root_value, root, serially, None
            )
            if is_awaitable(data):
                data = await data
        except GraphQLError as error:
            self.collected_errors.add(error, None)
            data = None
        finally:
            if not self.collected_errors.errors:
                # Nobody works on any more. They hold the execution that holds them: only the
                # collector would find both.
                del self.async_helpers
        return ExecutionResult(data, self.collected_errors.errors or None)

    def collect_subfields(
        self, return_type: GraphQLObjectType, field_details_list: Any
    ) -> CollectedFields:
        """From the plan instead of from the document."""
        field: FieldPlan = field_details_list
        return field.collected(return_type)

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        """Plain fields at once, the others one by one."""
        selection: SelectionPlan = grouped_field_set
        results: dict[str, Any] = {}
        waiting: list[str] = []
        try:
            for step in steps_of(selection, self.schema):
                if step.read is not None:
                    try:
                        results.update(step.read(source_value))
                        continue
                    except Exception:
                        pass
                for field in step.fields:
                    field_path = Path(path, field.key, parent_type.name)
                    result = self.execute_field(parent_type, source_value, field, field_path, None)
                    results[field.key] = result
                    if is_awaitable(result):
                        waiting.append(field.key)
        except Exception:
            if waiting:
                self.settle_in_background([results[key] for key in waiting])
            raise
        return _awaited(results, waiting) if waiting else results

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: Any,
        path: Path,
        position_context: Any,
    ) -> Any:
        """One field, with its resolver."""
        field: FieldPlan = field_details_list
        info = self.build_resolve_info(field.definition, field.nodes, parent_type, path)
        try:
            if field.has_arguments:
                result = field.resolve(source, info, **self._arguments(field))
            else:
                result = field.resolve(source, info)
            if is_awaitable(result):
                return self.complete_awaitable_value(field.type, field, info, path, result, None)
            completed = self._completed(field, info, path, result)
            if is_awaitable(completed):
                return self._later(field, path, completed)
        except Exception as error:
            self.handle_field_error(error, field.type, field, path)
            return None
        return completed

    def _arguments(self, field: FieldPlan) -> dict[str, Any]:
        shared = self.shared_arguments.get(id(field))
        if shared is not None:
            return shared
        arguments = field.arguments.of(self.variable_values.coerced)
        if arguments is None:
            arguments = get_argument_values(field.definition, field.nodes[0], self.variable_values)
        if all(type(value) in UNCHANGING for value in arguments.values()):
            self.shared_arguments[id(field)] = arguments
        return arguments

    def _completed(self, field: FieldPlan, info: Any, path: Path, value: Any) -> Any:
        if field.complete is not None:
            try:
                return field.complete(value)
            except Exception:
                pass
        elif field.gathering is not None and value is not None:
            return self._gathered(field, field.gathering, info, path, value)
        return self.complete_value(field.type, field, info, path, value, None)

    async def _gathered(
        self, field: FieldPlan, gathering: Gathering, info: Any, path: Path, value: Any
    ) -> Any:
        try:
            return await gathering.run(value, self.context_value.load_all)
        except Exception:
            completed = self.complete_value(field.type, field, info, path, value, None)
            return await completed if is_awaitable(completed) else completed

    async def _later(self, field: FieldPlan, path: Path, completed: Awaitable[Any]) -> Any:
        try:
            return await completed
        except Exception as error:
            self.handle_field_error(error, field.type, field, path)
            return None

    async def complete_awaitable_value(
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """What an async resolver will give."""
        field: FieldPlan = field_details_list
        try:
            completed = self._completed(field, info, path, await result)
            if is_awaitable(completed):
                completed = await completed
        except Exception as error:
            self.handle_field_error(error, return_type, field, path)
            completed = None
        return completed


async def _awaited(results: dict[str, Any], waiting: list[str]) -> dict[str, Any]:
    if len(waiting) == 1:
        results[waiting[0]] = await results[waiting[0]]
    else:
        values = await gather_with_cancel(*(results[key] for key in waiting))
        results.update(zip(waiting, values, strict=True))
    return results


def execution_of(
    plan: OperationPlan, variant: Variant, variables: VariableValues, asked: ExecutionContext
) -> PlannedExecution:
    """An execution for one request."""
    execution = PlannedExecution(
        plan.schema,
        plan.fragment_definitions,
        plan.fragments,
        asked.root_value,
        asked.context,
        plan.operation,
        variables,
        default_field_resolver,
        default_type_resolver,
        default_field_resolver,
        is_awaitable=is_awaitable,
        operation_extensions=asked.operation_extensions,
    )
    execution.variant = variant
    execution.shared_arguments = {}
    return execution
