#include "docs/pages/published.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>

#include "symbolic/check/checker.hpp"
#include "symbolic/check/proof.hpp"
#include "symbolic/layers.hpp"
#include "symbolic/notation/resolve.hpp"
#include "symbolic/present/text.hpp"

namespace chalktape::docs {

using language::Definition;
using language::Layer;

namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

/// The lines of a block, without comments.
std::vector<std::string_view> lines_of(std::string_view block) {
  std::vector<std::string_view> lines;
  while (!block.empty()) {
    const std::size_t end = std::min(block.find('\n'), block.size());
    const std::string_view line = block.substr(0, end);
    lines.push_back(trimmed(line.substr(0, line.find('#'))));
    block.remove_prefix(std::min(end + 1, block.size()));
  }
  std::erase(lines, std::string_view());
  return lines;
}

/// `r[h,n]`: the name and its letters. The language's own parser wants a name that is known already.
std::pair<std::string, std::vector<std::string>> split_name(std::string_view left) {
  const std::size_t open = left.find('[');
  std::vector<std::string> letters;
  if (open != std::string_view::npos) {
    std::string_view list = left.substr(open + 1, left.find(']') - open - 1);
    while (!list.empty()) {
      const std::size_t comma = std::min(list.find(','), list.size());
      letters.emplace_back(trimmed(list.substr(0, comma)));
      list.remove_prefix(std::min(comma + 1, list.size()));
    }
  }
  return {std::string(trimmed(left.substr(0, open))), letters};
}

/// A name of the claim's own: its indices range as they do on the right.
Definition part(std::string_view left, const std::string& right, const Layer& scope) {
  const auto [name, letters] = split_name(left);
  const auto e = notation::parse_expression(right, scope);
  Definition definition{name, {}, e.value, {}};
  for (const std::string& letter : letters) {
    const auto index =
        std::find_if(e.indices.begin(), e.indices.end(), [&](const auto& i) { return i.name == letter; });
    if (index == e.indices.end()) throw std::runtime_error(fmt::format("{} does not stand on the right", letter));
    definition.indices.push_back(*index);
  }
  if (definition.indices.size() != e.indices.size()) throw std::runtime_error("an index is missing on the left");
  return definition;
}

/// Reads one line; `scope` is the layer with the claim's own names so far.
PublishedLine read_line(std::string_view text, Layer& scope) {
  static constexpr std::string_view where = "where ";
  const bool is_where = text.starts_with(where);
  if (is_where) text.remove_prefix(where.size());
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) throw std::runtime_error("there is no '='");
  const std::string left(trimmed(text.substr(0, equals))), right(text.substr(equals + 1));
  if (is_where) {
    scope.definitions.push_back(part(left, right, scope));
    return {true, nullptr, scope.definitions.back()};
  }
  const auto gradient = notation::parse_expression(left, scope);
  if (gradient.value->kind != language::Kind::access || gradient.value->role != language::Role::gradient)
    throw std::runtime_error(fmt::format("{} is not the gradient of anything", left));
  const auto value = notation::parse_expression(right, scope, {.indices = gradient.indices});
  return {false, gradient.value, {gradient.value->name, gradient.indices, value.value, {}}};
}

Layer builtin_layer(const std::string& name) {
  const auto* builtin = language::find_builtin_layer(name);
  if (builtin == nullptr) throw std::runtime_error(fmt::format("no built-in layer is called '{}'", name));
  return notation::load_layers(std::string(builtin->source), name).front();
}

PublishedBackward read_claim(const std::vector<std::string_view>& lines, Layer scope) {
  const std::string_view head = lines.front();
  const std::size_t begin = head.find('"'), end = head.rfind('"');
  if (begin == end) throw std::runtime_error("a claim begins with its source in quotation marks");
  PublishedBackward claim{std::string(head.substr(begin + 1, end - begin - 1))};
  for (std::size_t i = 1; i < lines.size(); ++i) {
    try {
      claim.lines.push_back(read_line(lines[i], scope));
    } catch (const std::runtime_error& problem) {
      throw std::runtime_error(fmt::format("{}\n{}", lines[i], problem.what()));
    }
  }
  return claim;
}

}  // namespace

std::map<std::string, std::vector<PublishedBackward>> read_published(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error(path + " cannot be read");
  return published_in({std::istreambuf_iterator<char>(stream), {}}, path);
}

std::map<std::string, std::vector<PublishedBackward>> published_in(std::string text, const std::string& path) {
  const auto file = notation::read_file(std::move(text), path);
  if (!file.diagnostics.empty()) throw std::runtime_error(file.errors());
  std::map<std::string, std::vector<PublishedBackward>> claims;
  std::string about;
  for (const language::RawBlock& block : file.claims) {
    const auto lines = lines_of(file.source.text().substr(block.begin, block.end - block.begin));
    try {
      if (block.keyword == "about") {
        about = trimmed(lines.at(0).substr(block.keyword.size()));
      } else {
        claims[about].push_back(read_claim(lines, builtin_layer(about)));
      }
    } catch (const std::runtime_error& problem) {
      throw std::runtime_error(fmt::format("{}:{}: {}", path, block.span.line, problem.what()));
    }
  }
  return claims;
}

void require_right(const PublishedBackward& published, const Layer& layer) {
  std::vector<Definition> parts;
  for (const PublishedLine& line : published.lines) {
    if (line.is_where) parts.push_back(line.line);
  }
  const check::Checker checker(layer, parts);
  check::Prover prover(layer, parts);
  for (const PublishedLine& line : published.lines) {
    if (line.is_where) continue;
    const auto verdict = checker.check(line.left, line.line.indices, line.line.value);
    if (verdict.holds) continue;
    // In F_p the exponential is an oracle that does not know exp(a - b) = exp(a)/exp(b); a proof does.
    if (prover.prove(line.left, line.line.indices, line.line.value).proof.proved) continue;
    throw std::runtime_error(fmt::format("{}, \"{}\": {} is wrong {}", layer.name, published.source,
                                         present::to_text(line.line), verdict.where));
  }
}

}  // namespace chalktape::docs
