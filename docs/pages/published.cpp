#include "docs/pages/published.hpp"

#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "symbolic/claims/claims.hpp"
#include "symbolic/claims/judge.hpp"
#include "symbolic/present/text.hpp"

namespace chalktape::docs {

using language::Definition;
using language::Layer;

namespace {

[[noreturn]] language::Layer no_other_files(const std::string& file, const std::optional<std::string>& /*name*/) {
  throw std::runtime_error(fmt::format("published formulas are about built-in layers, not those of {}", file));
}

/// A claim as a program: its own names, then its gradients in order.
PublishedBackward program_of(const claims::Claim& claim) {
  PublishedBackward published{claim.title};
  for (const Definition& own : claim.scope->own) published.lines.push_back({true, nullptr, own});
  for (const claims::Line& line : claim.lines) {
    if (line.begin > 1) continue;  // the same once more
    const auto& chain = claim.chains[line.chain];
    const language::Expr& left = chain.links.front().value;
    if (left->kind != language::Kind::access || left->role != language::Role::gradient)
      throw std::runtime_error(fmt::format("{} is not the gradient of anything", present::to_text(left)));
    published.lines.push_back({false, left, {left->name, chain.indices, chain.links[1].value, {}}});
  }
  return published;
}

}  // namespace

std::map<std::string, std::vector<PublishedBackward>> read_published(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error(path + " cannot be read");
  return published_in({std::istreambuf_iterator<char>(stream), {}}, path);
}

std::map<std::string, std::vector<PublishedBackward>> published_in(std::string text, const std::string& path) {
  const claims::ClaimFile file = claims::read_claims(std::move(text), path, no_other_files);
  if (!file.diagnostics.empty()) throw language::Error(file.diagnostics, file.source);
  std::map<std::string, std::vector<PublishedBackward>> published;
  for (const claims::Claim& claim : file.claims) {
    try {
      published[claim.about].push_back(program_of(claim));
    } catch (const std::runtime_error& problem) {
      throw std::runtime_error(fmt::format("{}:{}: {}", path, claim.span.line, problem.what()));
    }
  }
  return published;
}

void require_right(const PublishedBackward& published, const Layer& layer) {
  claims::Scope scope{.layer = layer};
  for (const PublishedLine& line : published.lines) {
    if (line.is_where) scope.own.push_back(line.line);
  }
  claims::Judge judge(scope);
  for (const PublishedLine& line : published.lines) {
    if (line.is_where) continue;
    const auto judgement = judge.compare(line.line.indices, line.left, line.line.value);
    if (judgement.verdict == claims::Verdict::holds) continue;
    throw std::runtime_error(fmt::format("{}, \"{}\": {} is wrong: {}", layer.name, published.source,
                                         present::to_text(line.line), judgement.reason));
  }
}

}  // namespace chalktape::docs
