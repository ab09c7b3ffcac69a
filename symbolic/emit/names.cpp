#include "symbolic/emit/names.hpp"

#include <algorithm>
#include <vector>

namespace chalktape::emit {
namespace {

std::vector<std::string> all_names(const Program& program) {
  const language::Layer& layer = program.layer;
  std::vector<std::string> names;
  for (const auto& tensor : layer.tensors) names.push_back(tensor.name);
  for (const auto& constant : layer.constants) names.push_back(constant.name);
  names.insert(names.end(), layer.sizes.begin(), layer.sizes.end());
  names.insert(names.end(), program.upstream.begin(), program.upstream.end());
  for (const auto* statements : {&program.forward, &program.backward})
    for (const Statement& statement : *statements) names.push_back(statement.definition.name);
  return names;
}

}  // namespace

Names::Names(const Program& program, std::span<const std::string_view> words) {
  const std::vector<std::string> names = all_names(program);
  const auto is_word = [&](const std::string& name) { return std::ranges::find(words, name) != words.end(); };
  // A name that can stay stays, whatever else becomes of another.
  for (const std::string& name : names)
    if (!is_word(name)) taken_.insert(name);
  taken_.insert(words.begin(), words.end());
  for (const std::string& name : names) identifiers_.try_emplace(name, is_word(name) ? free(name + "_") : name);
}

const std::string& Names::helper(const std::string& wanted) {
  auto found = helpers_.find(wanted);
  if (found == helpers_.end()) found = helpers_.emplace(wanted, free(wanted)).first;
  return found->second;
}

std::string Names::free(const std::string& wanted) {
  std::string name = wanted;
  while (!taken_.emplace(name).second) name += '_';
  return name;
}

}  // namespace chalktape::emit
