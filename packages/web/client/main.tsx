import { render } from 'preact'
import 'uplot/dist/uPlot.min.css'
import './client.css'
import { App } from './app.tsx'

const place = document.getElementById('view')
if (place !== null) render(<App />, place)
