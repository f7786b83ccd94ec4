"""What figures are drawn with: pages, panels, colours, text. It knows no single figure."""
