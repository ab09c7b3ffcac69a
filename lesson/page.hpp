// The whole page.
#pragma once

#include <string>
#include <vector>

#include "lesson/lesson.hpp"

namespace chalktape::lesson {

/// One HTML file: lessons in the order given, with a chooser where there are several. It loads nothing from anywhere,
/// and all of it can be read without JavaScript. The same lessons give the same bytes.
[[nodiscard]] std::string write_page(std::vector<LayerLesson>& lessons);

}  // namespace chalktape::lesson
