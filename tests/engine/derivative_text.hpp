// Evaluates the derivative texts of the registry, independently of the pullbacks they are held against.
#pragma once

#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <stdexcept>
#include <string>
#include <string_view>

#include "engine/ops/registry.hpp"
#include "engine/tensor/tensor.hpp"

namespace chalktape::engine {

/// sum := term (± term)*, term := factor (*|/ factor)*, factor := −factor | atom (^ factor)?, as in the language.
class DerivativeText {
 public:
  DerivativeText(std::string_view text, std::map<std::string, double> names) : text_(text), names_(std::move(names)) {}

  double value() {
    const double result = sum();
    if (!text_.empty()) throw std::runtime_error("derivative text: left over '" + std::string(text_) + "'");
    return result;
  }

 private:
  bool accept(char wanted) {
    while (text_.starts_with(' ')) text_.remove_prefix(1);
    if (!text_.starts_with(wanted)) return false;
    text_.remove_prefix(1);
    return true;
  }
  double sum() {
    double result = term();
    while (true) {
      if (accept('+')) {
        result += term();
      } else if (accept('-')) {
        result -= term();
      } else {
        return result;
      }
    }
  }
  double term() {
    double result = factor();
    while (true) {
      if (accept('*')) {
        result *= factor();
      } else if (accept('/')) {
        result /= factor();
      } else {
        return result;
      }
    }
  }
  double factor() {
    if (accept('-')) return -factor();
    const double base = atom();
    return accept('^') ? std::pow(base, factor()) : base;
  }
  double atom() {
    if (accept('(')) return closed(sum());
    std::size_t length = 0;
    while (length < text_.size() && std::isalnum(static_cast<unsigned char>(text_[length])) != 0) ++length;
    const std::string word(text_.substr(0, length));
    if (word.empty()) throw std::runtime_error("derivative text: nothing before '" + std::string(text_) + "'");
    text_.remove_prefix(length);
    if (std::isdigit(static_cast<unsigned char>(word[0])) != 0) return std::stod(word);
    if (accept('(')) return function(word, closed(sum()));
    return word == "pi" ? std::numbers::pi : names_.at(word);
  }
  double closed(double inside) {
    if (!accept(')')) throw std::runtime_error("derivative text: a parenthesis does not close");
    return inside;
  }
  static double function(const std::string& name, double x) {
    const Op* const op = find_function(name, 1);
    if (op == nullptr) throw std::runtime_error("derivative text: no function " + name);
    return op->forward(std::array{Tensor::full({}, x, DType::f64)}, {}).item();
  }

  std::string_view text_;
  std::map<std::string, double> names_;
};

}  // namespace chalktape::engine
