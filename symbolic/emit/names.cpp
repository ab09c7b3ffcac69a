#include "symbolic/emit/names.hpp"

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

Names::Names(const Program& program, const std::function<bool(std::string_view)>& is_word) : is_word_(is_word) {
  const std::vector<std::string> names = all_names(program);
  // A name that can stay stays, whatever else becomes of another.
  for (const std::string& name : names)
    if (!is_word(name)) taken_.insert(name);
  for (const std::string& name : names)
    if (!identifiers_.contains(name)) identifiers_.emplace(name, is_word(name) ? free(name) : name);
}

const std::string& Names::helper(const std::string& wanted, const std::string& purpose) {
  const std::string key = purpose + " " + wanted;
  auto found = helpers_.find(key);
  if (found == helpers_.end()) found = helpers_.emplace(key, free(wanted)).first;
  return found->second;
}

std::string Names::free(const std::string& wanted) {
  const auto is_free = [&](const std::string& name) { return !is_word_(name) && !taken_.contains(name); };
  std::string name = wanted;
  if (!is_free(name)) {
    // What is reserved for its underscores stays so whatever is appended: they go.
    std::string base;
    for (const char c : wanted)
      if (c != '_' || (!base.empty() && base.back() != '_')) base += c;
    if (base.ends_with('_')) base.pop_back();
    if (base.empty() || engine::is_digit(base.front())) base.insert(0, "v");
    name = base + "_";
    for (int number = 2; !is_free(name); ++number) name = base + "_v" + std::to_string(number);
  }
  taken_.insert(name);
  return name;
}

}  // namespace chalktape::emit
