// From parsed blocks to claims: which layer, in which letters, and what the lines' names and indices are.
#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "symbolic/check/code.hpp"
#include "symbolic/claims/about.hpp"
#include "symbolic/claims/claims.hpp"
#include "symbolic/claims/rename.hpp"
#include "symbolic/language/claim_parser.hpp"
#include "symbolic/notation/declarations.hpp"
#include "symbolic/notation/resolve.hpp"
#include "symbolic/notation/statement_resolver.hpp"
#include "symbolic/present/text.hpp"

namespace chalktape::claims {

using language::Definition;
using language::Diagnostics;
using language::Expr;
using language::Expression;
using language::Index;
using language::Kind;
using language::Role;

namespace {

constexpr int largest_exponent = 1000;  // as of a layer's: see notation/formula
constexpr notation::Permissions everything{.gradients = true, .derivatives = true, .literal_indices = true};

/// One claim's lines.
class ClaimReader {
 public:
  ClaimReader(const About& about, Diagnostics& diagnostics)
      : about_(about), diagnostics_(diagnostics), declarations_(about.scope->layer) {
    for (const auto& [gradient, name] : about.scope->gradient_names) meant_.emplace(name, gradient);
  }

  Claim read(const language::ClaimSyntax& syntax) {
    claim_ = {.title = syntax.title,
              .about = about_.target,
              .expects_refuted = syntax.expects_refuted,
              .span = syntax.span,
              .scope = nullptr};
    for (const language::ClaimLineSyntax& line : syntax.lines) read_line(line);
    finish_chain();
    if (own_.empty()) {
      claim_.scope = about_.scope;
    } else {
      auto scope = std::make_shared<Scope>(*about_.scope);
      scope->own = std::move(own_);
      claim_.scope = std::move(scope);
    }
    return std::move(claim_);
  }

  /// What its literal indices need.
  [[nodiscard]] const std::map<std::string, std::int64_t>& least_sizes() const { return least_; }

 private:
  void read_line(const language::ClaimLineSyntax& line) {
    if (line.definition) {
      finish_chain();
      define(*line.definition);
      return;
    }
    if (line.chain.links.empty()) {  // it could not be parsed, nor can what continues it be told
      finish_chain();
      chain_is_broken_ = true;
      return;
    }
    if (line.chain.continues) {
      if (links_.empty()) {
        if (!chain_is_broken_)
          diagnostics_.add(line.span, "a line that begins with '=' continues the line before it, but there is none");
        return;
      }
    } else {
      finish_chain();
    }
    const std::size_t begin = std::max<std::size_t>(links_.size(), 1);
    links_.insert(links_.end(), line.chain.links.begin(), line.chain.links.end());
    lines_.push_back({.chain = claim_.chains.size(),
                      .begin = begin,
                      .end = links_.size(),
                      .expects_refuted = line.chain.expects_refuted,
                      .text = line.text,
                      .span = line.span});
  }

  /// The free indices are the whole chain's.
  void finish_chain() {
    chain_is_broken_ = false;
    if (links_.empty()) return;
    notation::StatementResolver statement(declarations_, diagnostics_, everything);
    std::vector<Expr> parsed;
    for (const language::LinkSyntax& link : links_) parsed.push_back(in_the_layers_names(link.value));
    for (const Expr& e : parsed) statement.bind_free_indices(e);
    Chain chain;
    for (std::size_t i = 0; i < parsed.size(); ++i)
      chain.links.push_back({statement.resolve(parsed[i]), std::move(links_[i].text), links_[i].span});
    chain.indices = statement.finish();
    for (const Link& link : chain.links) examine(link.value);
    claim_.chains.push_back(std::move(chain));
    claim_.lines.insert(claim_.lines.end(), lines_.begin(), lines_.end());
    links_.clear();
    lines_.clear();
  }

  void define(const language::DefinitionSyntax& syntax) {
    notation::StatementResolver statement(declarations_, diagnostics_, everything);
    for (const Index& index : syntax.indices) statement.bind(index);
    Definition definition{syntax.name.name, {}, statement.resolve(in_the_layers_names(syntax.value)), syntax.name.span};
    definition.indices = statement.finish();
    examine(definition.value);
    notation::Declaration declared{.role = Role::definition, .span = syntax.name.span};
    for (const Index& index : definition.indices) declared.ranges.push_back(index.range);
    const bool is_gradient = declarations_.find_gradient(syntax.name.name).has_value();
    const auto taken = declarations_.declare(syntax.name.name, std::move(declared));
    if (taken || is_gradient || meant_.contains(syntax.name.name)) {
      diagnostics_.add(syntax.name.span,
                       fmt::format("'{}' is already {}", syntax.name.name,
                                   taken ? notation::article_and_noun(taken->role) : "a gradient"),
                       "a claim's own names must be new");
      return;
    }
    if (!is_forward(definition.value)) not_forward_.insert(definition.name);
    own_names_.insert(definition.name);
    own_.push_back(std::move(definition));
  }

  /// Words that the text has for Kronecker's delta and for gradients.
  Expr in_the_layers_names(const Expr& e) const {
    const std::string& delta = about_.scope->delta;
    if (delta == "delta" && meant_.empty()) return e;
    return mapped(e, [&](const Expr& node) {
      if (node->kind != Kind::access) return node;
      if (delta != "delta" && node->name == delta && node->indices.size() == 2) {
        auto kronecker = std::make_shared<Expression>(*node);
        kronecker->kind = Kind::delta;
        kronecker->name.clear();
        return Expr(std::move(kronecker));
      }
      if (const auto found = meant_.find(node->name); found != meant_.end()) {
        auto gradient = std::make_shared<Expression>(*node);
        gradient->name = found->second;
        return Expr(std::move(gradient));
      }
      return node;
    });
  }

  /// Made of forward values only: it can be differentiated.
  [[nodiscard]] bool is_forward(const Expr& e) const {
    if (e->kind == Kind::derivative) return false;
    if (e->kind == Kind::access && (e->role == Role::gradient || not_forward_.contains(e->name))) return false;
    return std::all_of(e->operands.begin(), e->operands.end(), [&](const Expr& o) { return is_forward(o); });
  }

  void examine(const Expr& e) {
    examine_indices(*e);
    if (e->kind == Kind::access && e->role == Role::gradient) examine_gradient(*e);
    if (e->kind == Kind::derivative) {
      if (!is_forward(e->operands[0]))
        diagnostics_.add(e->operands[0]->span, "only forward values can be differentiated here",
                         "neither a gradient nor another derivative may stand in what 'diff' differentiates");
      if (e->operands[1]->role == Role::gradient)
        diagnostics_.add(e->operands[1]->span, fmt::format("'{}' cannot be differentiated by", e->operands[1]->name),
                         "a derivative is taken by a tensor or a definition");
    }
    if (e->kind == Kind::power) examine_exponent(*e->operands[1], check::constant_value(e->operands[1]));
    for (const Expr& operand : e->operands) examine(operand);
  }

  /// Larger ones are no formula's, and take long to evaluate.
  void examine_exponent(const Expression& exponent, const std::optional<GiNaC::numeric>& value) {
    if (!value) return;
    if (GiNaC::abs(value->numer()) > GiNaC::numeric(largest_exponent) ||
        value->denom() > GiNaC::numeric(largest_exponent))
      diagnostics_.add(exponent.span, fmt::format("an exponent may be at most {} in magnitude", largest_exponent));
  }

  void examine_gradient(const Expression& access) {
    static constexpr std::string_view total = "_total";
    const language::Layer& layer = about_.scope->layer;
    const std::string of = access.name.substr(1);
    if (own_names_.contains(of)) {
      diagnostics_.add(access.span, fmt::format("'{}' is a name of the claim's own, and has no gradient", of),
                       "the loss does not go through it; a layer of the file's own may define it");
    } else if (!layer.ranges_of(of) && of.ends_with(total)) {
      const std::string base = of.substr(0, of.size() - total.size());
      if (std::find(layer.outputs.begin(), layer.outputs.end(), base) == layer.outputs.end())
        diagnostics_.add(access.span, fmt::format("'{}' is not returned: its gradient is d{} already", base, base));
    }
  }

  void examine_indices(const Expression& node) {
    for (std::size_t k = 0; k < node.indices.size(); ++k) {
      const Index& index = node.indices[k];
      const char first = index.name.front();
      if (first < '1' || first > '9') continue;
      const std::int64_t literal = index.name.size() > 9 ? largest_literal + 1 : std::stoll(index.name);
      if (literal > largest_literal) {
        diagnostics_.add(index.span,
                         fmt::format("the literal index {} is larger than {}", index.name, largest_literal));
        continue;
      }
      // That of a delta has the range of what it is compared with.
      const std::string& range = node.kind == Kind::delta ? node.indices[1 - k].range : index.range;
      if (!range.empty()) least_[range] = std::max(least_[range], literal);
    }
  }

  const About& about_;
  Diagnostics& diagnostics_;
  notation::Declarations declarations_;
  std::map<std::string, std::string> meant_;  ///< the text's names for gradients
  std::set<std::string> own_names_, not_forward_;
  std::vector<Definition> own_;
  std::map<std::string, std::int64_t> least_;
  Claim claim_;
  std::vector<language::LinkSyntax> links_;  ///< of the chain that is being read
  std::vector<Line> lines_;
  bool chain_is_broken_ = false;
};

/// A file's blocks, one after the other.
class FileReader {
 public:
  FileReader(notation::File file, const LayerLoader& load) : file_(std::move(file)), load_(load) {}

  ClaimFile read() {
    const auto blocks = language::parse_claims(file_.source, file_.claims, file_.diagnostics);
    ClaimFile result{.source = file_.source};
    for (std::size_t k = 0; k < blocks.size(); ++k) {
      const auto& block = blocks[k];
      take_layer_above(file_.claims[k].layers_above);
      if (block.about) {
        about_ = resolve_about(*block.about, file_, load_);
        has_about_ = true;
      } else if (block.claim) {
        read_claim(*block.claim, result);
      }
    }
    result.claims_are_sound = !file_.claims.empty() && file_.only_layers_are_wrong();
    if (file_.claims.empty() && file_.diagnostics.empty())
      file_.diagnostics.add(file_.source.span(0, 0), "no claim in this file",
                            "a claim begins with a line such as: claim \"what it is\"");
    result.diagnostics = std::move(file_.diagnostics);
    return result;
  }

 private:
  /// Behind a layer, claims are about it; `layers_above` are those that stand above the block.
  void take_layer_above(std::size_t layers_above) {
    if (layers_above == layers_above_) return;
    layers_above_ = layers_above;
    take_layer(file_.places[layers_above - 1].name);
  }

  void take_layer(const std::string& name) {
    has_about_ = true;
    about_ = {name, nullptr};  // where it is wrong, that has been said
    for (const language::Layer& layer : file_.layers) {
      if (layer.name == name) about_ = about_layer(layer);
    }
  }

  void read_claim(const language::ClaimSyntax& syntax, ClaimFile& result) {
    if (!has_about_) {
      if (file_.places.size() == 1) {
        take_layer(file_.places.front().name);
      } else {
        has_about_ = true;
        const std::string name = file_.places.empty() ? "batch_norm" : file_.places.front().name;
        if (file_.only_layers_are_wrong())
          file_.diagnostics.add(syntax.span, "it is not said which layer the claim is about",
                                fmt::format("write a line such as: about {}", name.empty() ? "NAME" : name));
      }
    }
    if (!about_.scope) {  // what is wrong with it has been said
      result.misses_claims = true;
      return;
    }
    const std::size_t errors = file_.diagnostics.size();
    if (syntax.lines.empty() && file_.only_layers_are_wrong())
      file_.diagnostics.add(syntax.span, "a claim without a line", "its lines follow, such as: dx[i,j] = dy[i,j]");
    ClaimReader reader(about_, file_.diagnostics);
    Claim claim = reader.read(syntax);
    if (file_.diagnostics.size() > errors) return;
    if (!reader.least_sizes().empty()) {
      auto scope = std::make_shared<Scope>(*claim.scope);
      scope->least_sizes = reader.least_sizes();
      claim.scope = std::move(scope);
    }
    result.claims.push_back(std::move(claim));
  }

  notation::File file_;
  const LayerLoader& load_;
  About about_;
  bool has_about_ = false;
  std::size_t layers_above_ = 0;
};

}  // namespace

std::string Scope::written(const Expr& e) const {
  return present::to_text(mapped(e, [&](const Expr& node) {
    if (node->kind == Kind::delta && delta != "delta") return language::access(delta, node->indices, Role::definition);
    if (node->kind == Kind::access && node->role == Role::gradient) {
      if (const auto found = gradient_names.find(node->name); found != gradient_names.end())
        return language::access(found->second, node->indices, Role::gradient);
    }
    return node;
  }));
}

ClaimFile read_claims(std::string text, std::string file_name, const LayerLoader& load) {
  return FileReader(notation::read_file(std::move(text), std::move(file_name)), load).read();
}

}  // namespace chalktape::claims
