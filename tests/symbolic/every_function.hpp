// A layer made from the registry: it calls every function of the language, also those that are added tomorrow.
#pragma once

#include <string>

#include "engine/ops/functions.hpp"
#include "tests/symbolic/layers.hpp"

namespace chalktape::tests {

/// Of positive x: the values of all functions of one argument, those of two at x and w, and their sum times w.
[[nodiscard]] inline language::Layer layer_of_every_function() {
  std::string text = "layer every_function(x[N], w[N])\n", total;
  for (const engine::Function& function : engine::all_functions()) {
    const std::string name(function.name);
    text += "  of_" + name + "[i] = " + name + (function.arity == 1 ? "(x[i])\n" : "(x[i], w[i])\n");
    total += (total.empty() ? "" : " + ") + ("of_" + name) + "[i]";
  }
  return layer_of(text + "  y[i] = w[i]*(" + total + ")\n  assume x[i] > 0\n  return y\n");
}

}  // namespace chalktape::tests
