#include "docs/pages/published.hpp"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "docs/pages/claim_file.hpp"
#include "symbolic/claims/judge.hpp"
#include "symbolic/present/text.hpp"

namespace chalktape::docs {

using language::Definition;
using language::Layer;

namespace {

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

std::map<std::string, std::vector<PublishedBackward>> programs_of(const claims::ClaimFile& file,
                                                                  const std::string& path) {
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

}  // namespace

std::map<std::string, std::vector<PublishedBackward>> read_published(const std::string& path) {
  return programs_of(claims_of(path), path);
}

std::map<std::string, std::vector<PublishedBackward>> published_in(std::string text, const std::string& path) {
  return programs_of(claims_in(std::move(text), path), path);
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
