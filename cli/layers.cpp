#include "cli/layers.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/layer_argument.hpp"
#include "symbolic/layers.hpp"

namespace chalktape::cli {
namespace {

Outcome list_layers() {
  struct Row {
    std::string name, signature, description;
  };
  std::vector<Row> rows;
  std::size_t name_width = 0;
  std::size_t signature_width = 0;
  for (const auto& builtin : language::builtin_layers()) {
    Row row{std::string(builtin.name), load_layer(std::string(builtin.name)).signature(),
            std::string(builtin.description)};
    name_width = std::max(name_width, row.name.size());
    signature_width = std::max(signature_width, row.signature.size());
    rows.push_back(std::move(row));
  }
  Outcome outcome;
  for (const Row& row : rows) {
    outcome.text +=
        fmt::format("{:<{}}  {:<{}}  {}\n", row.name, name_width, row.signature, signature_width, row.description);
  }
  return outcome;
}

}  // namespace

Action add_layers(CLI::App& /*app*/) {
  return [](const OutputStyle& /*style*/) { return list_layers(); };
}

}  // namespace chalktape::cli
