// A program from outside the house that uses both libraries as they are installed.
#include <iostream>

#include "engine/version.hpp"
#include "symbolic/layers.hpp"

int main() {
  std::cout << chalktape::engine::version() << '\n';
  return chalktape::language::find_builtin_layer("batch_norm") == nullptr ? 1 : 0;
}
