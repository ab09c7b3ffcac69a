// A layer at one point: its values, and the true gradients by reverse mode over its definitions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "symbolic/check/evaluator.hpp"
#include "symbolic/language/layer.hpp"

namespace chalktape::check {

/// Values for a layer's tensors, constants and upstream gradients (by output name), row-major.
template <class Field>
struct PointData {
  std::map<std::string, std::vector<typename Field::Element>> tensors, upstream;
  std::map<std::string, typename Field::Element> constants;
};

template <class Field>
class Point {
 public:
  using Element = typename Field::Element;
  using Array = typename Evaluator<Field>::Array;

  /// Evaluates the layer and its gradients. `introduced` are names to evaluate besides. Throws Redraw or NotApplicable;
  /// `reached`, where given, then counts the definitions that could be evaluated.
  Point(const language::Layer& layer, const std::vector<language::Definition>& introduced, Field& field,
        std::map<std::string, std::int64_t> sizes, const PointData<Field>& data, std::size_t* reached = nullptr)
      : sizes_(std::move(sizes)), definitions_(layer.definitions), evaluator_(field, sizes_, definitions_) {
    definitions_.insert(definitions_.end(), introduced.begin(), introduced.end());
    for (const auto& [name, value] : data.constants) evaluator_.set_scalar(name, value);
    for (const auto& tensor : layer.tensors) {
      evaluator_.set(tensor.name, evaluator_.as_leaves(array_of(tensor.sizes, data.tensors.at(tensor.name))));
    }
    if (reached != nullptr) *reached = 0;
    for (const auto& definition : layer.definitions) {
      evaluator_.define(definition);
      if (reached != nullptr) ++*reached;
    }
    differentiate(layer, field, data);
    for (const auto& definition : introduced) evaluator_.define(definition);
  }

  Point(const Point&) = delete;  // the evaluator refers to this object's sizes and definitions
  Point& operator=(const Point&) = delete;
  Point(Point&&) = delete;
  Point& operator=(Point&&) = delete;
  ~Point() = default;

  /// Values by name; gradients are `dx`, `dmu`, …: for an output the upstream gradient, its total being `dy_total`.
  [[nodiscard]] const Array& array(const std::string& name) const { return evaluator_.array(name); }
  /// e at all values of the indices.
  Array evaluate(const std::vector<language::Index>& indices, const language::Expr& e) {
    return evaluator_.values_of(indices, e);
  }
  /// Whether e has these values there, by the given comparison; looks at the entry `first` first, and stops at one that
  /// differs.
  template <class Same>
  bool agrees(const std::vector<language::Index>& indices, const language::Expr& e, const Array& expected,
              std::size_t first, const Same& same) {
    return evaluator_.agrees(indices, e, expected, first, same);
  }

 private:
  Array array_of(const std::vector<std::string>& ranges, const std::vector<Element>& values) const {
    Array array;
    for (const auto& range : ranges) array.dimensions.push_back(sizes_.at(range));
    for (const Element& value : values) array.entries.push_back({value, -1});
    return array;
  }

  void differentiate(const language::Layer& layer, Field& field, const PointData<Field>& data) {
    std::vector<std::pair<int, Element>> seeds;
    std::map<std::string, Array> upstream;
    for (const auto& output : layer.outputs) {
      const Array& array = evaluator_.array(output);
      Array given = array;
      for (std::size_t i = 0; i < array.entries.size(); ++i) {
        const Element seed = layer.returns_loss() ? field.from(std::int64_t{1}) : data.upstream.at(output)[i];
        given.entries[i] = {seed, -1};
        if (array.entries[i].node >= 0) seeds.emplace_back(array.entries[i].node, seed);
      }
      upstream[output] = std::move(given);
    }
    const std::vector<Element> adjoint = evaluator_.backward(seeds);
    std::vector<std::string> names;
    for (const auto& tensor : layer.tensors) names.push_back(tensor.name);
    for (const auto& definition : layer.definitions) names.push_back(definition.name);
    for (const auto& name : names) {
      Array gradient = evaluator_.array(name);
      for (auto& entry : gradient.entries) {
        entry = {entry.node < 0 ? field.from(std::int64_t{0}) : adjoint[static_cast<std::size_t>(entry.node)], -1};
      }
      const auto given = upstream.find(name);
      if (given == upstream.end()) {
        evaluator_.set("d" + name, std::move(gradient));
      } else {
        evaluator_.set("d" + name + "_total", std::move(gradient));
        evaluator_.set("d" + name, given->second);
      }
    }
  }

  std::map<std::string, std::int64_t> sizes_;
  std::vector<language::Definition> definitions_;
  Evaluator<Field> evaluator_;
};

}  // namespace chalktape::check
