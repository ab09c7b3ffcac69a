// Parts of a lesson that a layer may not have.
#pragma once

#include <optional>
#include <string>

#include "engine/error.hpp"
#include "symbolic/lower/lower.hpp"
#include "symbolic/roads/problem.hpp"

namespace chalktape::lesson {

/// Runs `work`; what bad numbers or sizes make of it is handed back as a reason, which the page then shows in the
/// part's place.
template <class Work>
[[nodiscard]] std::optional<std::string> failure_of(const Work& work) {
  try {
    work();
  } catch (const roads::Error& error) {
    return error.what();
  } catch (const lower::Error& error) {
    return error.what();
  } catch (const engine::Error& error) {
    return error.what();
  }
  return std::nullopt;
}

}  // namespace chalktape::lesson
