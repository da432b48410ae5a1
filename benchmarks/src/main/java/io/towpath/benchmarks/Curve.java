package io.towpath.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Lines over a number of connections, as a small SVG that is readable as text too. */
final class Curve {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 320;
  private static final int LEFT = 64;
  private static final int BOTTOM = 280;
  private static final int TOP = 40;
  private static final int RIGHT = 520;
  private static final List<String> COLOURS = List.of("#1565c0", "#c62828", "#2e7d32", "#6a1b9a");

  private record Point(double x, double y) {}

  private final String title;
  private final Map<String, List<Point>> lines = new LinkedHashMap<>();

  Curve(String title) {
    this.title = title;
  }

  void add(String line, double x, double y) {
    lines.computeIfAbsent(line, name -> new ArrayList<>()).add(new Point(x, y));
  }

  String svg() {
    double maxX = all().mapToDouble(Point::x).max().orElse(1);
    double maxY = 1000 * Math.ceil(all().mapToDouble(Point::y).max().orElse(1) / 1000);
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
                + " font-family=\"sans-serif\" font-size=\"12\">%n"
                + "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>%n"
                + "<text x=\"%d\" y=\"22\" font-size=\"14\">%s</text>%n",
            WIDTH,
            HEIGHT,
            WIDTH,
            HEIGHT,
            LEFT,
            title));
    for (int i = 0; i <= 4; i++) {
      double y = maxY * i / 4;
      double x = maxX * i / 4;
      svg.append(
          String.format(
              Locale.ROOT,
              "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/>"
                  + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%,.0f</text>"
                  + "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%,.0f</text>%n",
              LEFT,
              down(y, maxY),
              RIGHT,
              LEFT - 6,
              down(y, maxY) + 4,
              y,
              across(x, maxX),
              BOTTOM + 18,
              x));
    }
    int number = 0;
    for (Map.Entry<String, List<Point>> line : lines.entrySet()) {
      append(svg, line.getKey(), line.getValue(), COLOURS.get(number++ % 4), maxX, maxY);
    }
    return svg.append("</svg>\n").toString();
  }

  private static void append(
      StringBuilder svg, String name, List<Point> points, String colour, double maxX, double maxY) {
    StringBuilder path = new StringBuilder();
    for (Point point : points) {
      path.append(
          String.format(
              Locale.ROOT,
              "%s%.1f %.1f",
              path.length() == 0 ? "M" : "L",
              across(point.x, maxX),
              down(point.y, maxY)));
    }
    Point last = points.get(points.size() - 1);
    svg.append(
        String.format(
            Locale.ROOT,
            "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>"
                + "<text x=\"%.1f\" y=\"%.1f\" fill=\"%s\">%s, %,.0f</text>%n",
            path,
            colour,
            across(last.x, maxX) + 6,
            down(last.y, maxY) + 4,
            colour,
            name,
            last.y));
  }

  private java.util.stream.Stream<Point> all() {
    return lines.values().stream().flatMap(List::stream);
  }

  private static double across(double x, double max) {
    return LEFT + (RIGHT - LEFT) * x / max;
  }

  private static double down(double y, double max) {
    return BOTTOM - (BOTTOM - TOP) * y / max;
  }
}
