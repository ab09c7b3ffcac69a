#include "symbolic/report/table.hpp"

#include <algorithm>

namespace chalktape::report {

using language::Expr;
using language::Index;
using language::Kind;

namespace {

Expr with_indices(const Expr& e, std::vector<Index> indices) {
  language::Expression copy = *e;
  copy.indices = std::move(indices);
  return std::make_shared<const language::Expression>(std::move(copy));
}

const Expr& access_of(const Table& table) {
  return table.name->kind == Kind::derivative ? table.name->operands[0] : table.name;
}

}  // namespace

Table make_table(const Expr& name, const Expr& value, const present::Sizes& sizes, bool first_only) {
  Table table{name, value, {}};
  if (name->kind == Kind::derivative) {
    for (const Index& i : name->operands[1]->indices) {
      if (!i.is_literal()) table.fixed[i.name] = 1;
    }
  }
  for (const Index& i : access_of(table)->indices) {
    if (i.is_literal() || table.fixed.contains(i.name)) continue;
    table.indices.push_back(i);
    table.dimensions.push_back(sizes.at(i.range));
    table.first_only = table.first_only || (first_only && table.dimensions.back() > 1);
  }
  for (present::IndexValues values : present::all_values(table.indices, sizes)) {
    values.insert(table.fixed.begin(), table.fixed.end());
    table.entries.push_back({present::with_literals(name, values), present::written_out(value, sizes, values), values});
    if (table.first_only) break;
  }
  table.cases = present::cases_of(value, all_indices(table));
  return table;
}

std::vector<Index> all_indices(const Table& table) {
  std::vector<Index> all;
  if (table.name->kind == Kind::derivative) {
    for (const Index& i : table.name->operands[1]->indices) {
      if (table.fixed.contains(i.name)) all.push_back(i);
    }
  }
  all.insert(all.end(), table.indices.begin(), table.indices.end());
  return all;
}

Shape shape_of(const Table& table) {
  const std::size_t rank = table.indices.size();
  Shape shape;
  if (rank > 0) shape.rows = static_cast<std::size_t>(table.dimensions[rank < 2 ? 0 : rank - 2]);
  if (rank > 1) shape.columns = static_cast<std::size_t>(table.dimensions[rank - 1]);
  shape.slices = table.entries.size() / (shape.rows * shape.columns);
  return shape;
}

Expr slice_name(const Table& table, std::size_t slice, const std::string& placeholder) {
  std::vector<Index> indices = access_of(table)->indices;
  const std::size_t rank = table.indices.size();
  if (rank <= 2 && rank == indices.size()) {
    indices.clear();
  } else {
    const Shape shape = shape_of(table);
    const present::IndexValues& values = table.entries[slice * shape.rows * shape.columns].values;
    for (Index& index : indices) {
      const auto position = std::find(table.indices.begin(), table.indices.end(), index) - table.indices.begin();
      const bool in_matrix =
          static_cast<std::size_t>(position) < rank && static_cast<std::size_t>(position) + 2 >= rank;
      const auto value = values.find(index.name);
      if (value != values.end()) index.name = in_matrix ? placeholder : std::to_string(value->second);
    }
  }
  if (table.name->kind != Kind::derivative) return with_indices(table.name, indices);
  language::Expression copy = *table.name;
  copy.operands = {with_indices(copy.operands[0], indices), present::with_literals(copy.operands[1], table.fixed)};
  return std::make_shared<const language::Expression>(std::move(copy));
}

bool only_repeats(const Table& table) {
  return table.indices.empty() && table.fixed.empty() && language::equal(table.entries[0].value, table.value);
}

Expr flattened_extrema(const Expr& e) {
  if (e->operands.empty()) return e;
  language::Expression copy = *e;
  copy.operands.clear();
  const bool is_extremum = e->kind == Kind::call && (e->name == "max" || e->name == "min");
  for (const Expr& operand : e->operands) {
    const Expr flat = flattened_extrema(operand);
    if (is_extremum && flat->kind == Kind::call && flat->name == e->name) {
      copy.operands.insert(copy.operands.end(), flat->operands.begin(), flat->operands.end());
    } else {
      copy.operands.push_back(flat);
    }
  }
  return std::make_shared<const language::Expression>(std::move(copy));
}

}  // namespace chalktape::report
